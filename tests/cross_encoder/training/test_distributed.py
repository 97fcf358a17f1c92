"""Two processes train what one process trains on the joint batch, lists of different lengths included."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

PROGRAM = """
import sys, torch
from datasets import Dataset
from likewise import CrossEncoder
from likewise.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from likewise.cross_encoder.losses import ListMLELoss

start, output, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
words = ["a", "the", "cat", "dog", "sat", "on", "mat", "ran", "over", "red"]
torch.manual_seed(5)
model = CrossEncoder(start, device="cpu")
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0
model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.0
columns = {"query": [words[n % 10] + " " + words[3 * n % 10] for n in range(32)]}
columns["documents"] = [[words[(n + at) % 10] for at in range(1 + n % 3)] for n in range(32)]
columns["labels"] = [[(n + at) % 3 for at in range(1 + n % 3)] for n in range(32)]
loss = ListMLELoss(model, mini_batch_size=3)  # a mean over queries
args = CrossEncoderTrainingArguments(
    output_dir=output, use_cpu=True, report_to="none", per_device_train_batch_size=batch, max_steps=4,
    save_strategy="no", disable_tqdm=True, learning_rate=1e-2, optim="sgd", max_grad_norm=0.0,
    dataloader_drop_last=True, per_device_eval_batch_size=3,
)
trainer = CrossEncoderTrainer(model, args, Dataset.from_dict(columns), Dataset.from_dict(columns), loss)
trainer.train()
assert "packed" in str(model.describe())
value = trainer.evaluate()["eval_loss"]
if trainer.is_world_process_zero():
    trainer.save_model(output + "/final")
    print("eval_loss", value)
"""


def run(forks, *arguments, processes):
    """The loss of the evaluation, as the first process printed it."""
    printed = forks.run_group(PROGRAM, *arguments, processes=processes)
    return float(printed[0].rpartition("eval_loss ")[2].split()[0])


def test_two_processes_equal_one_with_the_joint_batch(forks, ranker_folder, tmp_path):
    losses = [
        run(forks, ranker_folder, tmp_path / "one", 8, processes=1),
        run(forks, ranker_folder, tmp_path / "two", 4, processes=2),
    ]
    one, two = (load_file(tmp_path / side / "final" / "model.safetensors") for side in ("one", "two"))
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=1e-5, atol=1e-6, msg=key)
    first = load_file(ranker_folder / "model.safetensors")
    assert any(not torch.equal(first[key], value) for key, value in one.items())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
