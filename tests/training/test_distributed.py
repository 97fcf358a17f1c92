"""Two processes that share their in-batch negatives train what one process trains on the joint batch."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

PROGRAM = """
import sys, torch
from datasets import Dataset
from likewise import SentenceTransformer
from likewise.losses import CachedMultipleNegativesRankingLoss, MultipleNegativesRankingLoss, SoftmaxLoss
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.trainer import SentenceTransformerTrainer

start, output, batch, kind = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
words = ["a", "the", "cat", "dog", "man", "eats", "runs", "rains", "food", "today"]
columns = {
    "anchor": [words[n % 10] + " " + words[3 * n % 10] for n in range(32)],
    "positive": [words[n % 10] + " " + words[(7 * n + 1) % 10] for n in range(32)],
}
torch.manual_seed(5)
model = SentenceTransformer(start, device="cpu")
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0
config = model[0].auto_model.config
config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
if kind == "softmax":
    columns["label"] = [n % 3 for n in range(32)]
    loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
elif kind == "cached":
    loss = CachedMultipleNegativesRankingLoss(model, mini_batch_size=3, gather_across_devices=True)
else:
    loss = MultipleNegativesRankingLoss(model, gather_across_devices=True)
args = SentenceTransformerTrainingArguments(
    output_dir=output, use_cpu=True, report_to="none", per_device_train_batch_size=batch, max_steps=4,
    save_strategy="no", disable_tqdm=True, learning_rate=1e-2, optim="sgd",
    dataloader_drop_last=True, max_grad_norm=0.0,
)
trainer = SentenceTransformerTrainer(model, args, train_dataset=Dataset.from_dict(columns), loss=loss)
trainer.train()
assert "packed" in str(model.describe())
if trainer.is_world_process_zero():
    trainer.save_model(output + "/final")
"""


@pytest.mark.parametrize("kind", ["plain", "cached", "softmax"])
def test_two_processes_equal_one_with_the_joint_batch(forks, toy_bert_folder, tmp_path, kind):
    start = toy_bert_folder(tmp_path / "start")
    forks.run_group(PROGRAM, start, tmp_path / "one", 8, kind, processes=1)
    forks.run_group(PROGRAM, start, tmp_path / "two", 4, kind)
    names = ["model.safetensors"] + (["loss_state.safetensors"] if kind == "softmax" else [])
    for name in names:
        one, two = (load_file(tmp_path / side / "final" / name) for side in ("one", "two"))
        for key, value in one.items():
            torch.testing.assert_close(two[key], value, rtol=1e-5, atol=1e-6, msg=key)
    first = load_file(start / "model.safetensors")
    assert any(
        not torch.equal(first[key], value) for key, value in load_file(tmp_path / "one/final/model.safetensors").items()
    )
