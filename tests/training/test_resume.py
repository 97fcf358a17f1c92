"""A run that is killed and resumed ends with the same weights, bit for bit, as the run that was not."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from likewise.errors import CheckpointError
from likewise.losses import MultipleNegativesRankingLoss, SoftmaxLoss
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.checkpoint import last_complete
from likewise.training.trainer import SentenceTransformerTrainer

PROGRAM = """
import os, signal, sys, torch
from datasets import Dataset
from transformers import TrainerCallback
from likewise import SentenceTransformer
from likewise.losses import MatryoshkaLoss, SoftmaxLoss
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.trainer import SentenceTransformerTrainer

start, output, kill, resume = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "resume"
words = ["a", "the", "cat", "dog", "man", "eats", "runs", "rains", "food", "today"]
data = Dataset.from_dict({
    "one": [words[n % 10] + " " + words[3 * n % 10] for n in range(30)],
    "two": [words[n % 10] + " " + words[(7 * n + 1) % 10] for n in range(30)],
    "label": [n % 3 for n in range(30)],
})

class Kill(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == kill:
            os.kill(os.getpid(), signal.SIGKILL)

model = SentenceTransformer(start, device="cpu")
model[0].auto_model.config.hidden_dropout_prob = 0.1
torch.manual_seed(7)
loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
args = SentenceTransformerTrainingArguments(
    output_dir=output, use_cpu=True, report_to="none", per_device_train_batch_size=4, num_train_epochs=2,
    save_strategy="steps", save_steps=3, logging_steps=1, disable_tqdm=True, learning_rate=1e-3, seed=3,
)
trainer = SentenceTransformerTrainer(model, args, train_dataset=data, loss=loss, callbacks=[Kill()])
trainer.train(resume_from_checkpoint=resume)
trainer.save_model(output + "/final")
"""


@pytest.mark.parametrize("kill", [5, 9])
def test_killed_and_resumed_is_the_run_that_was_not_killed(forks, toy_bert_folder, tmp_path, kill):
    start = toy_bert_folder(tmp_path / "start")
    whole = forks.run(PROGRAM, start, tmp_path / "whole", -1, "new")
    assert whole.returncode == 0, whole.stderr[-2000:]
    killed = forks.run(PROGRAM, start, tmp_path / "killed", kill, "new")
    assert killed.returncode == -signal.SIGKILL
    resumed = forks.run(PROGRAM, start, tmp_path / "killed", -1, "resume")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    for name in ("model.safetensors", "loss_state.safetensors"):
        wanted = load_file(tmp_path / "whole" / "final" / name)
        got = load_file(tmp_path / "killed" / "final" / name)
        assert wanted.keys() == got.keys()
        for key, value in wanted.items():
            assert torch.equal(got[key], value), key


@pytest.mark.parametrize(
    ("sampler", "multi"),
    [("batch_sampler", "round_robin"), ("no_duplicates", "proportional"), ("group_by_label", "round_robin")],
)
def test_every_sampler_goes_on_where_it_was_in_the_second_epoch(
    toy_bert_folder, tmp_path, pairs, arguments, sampler, multi
):
    folder = str(toy_bert_folder(tmp_path / "start"))
    data = pairs.add_column("label", [n % 3 for n in range(24)])
    args = arguments(
        max_steps=14, save_strategy="steps", save_steps=10, per_device_train_batch_size=6, batch_sampler=sampler,
        multi_dataset_batch_sampler=multi, learning_rate=1e-3,
    )  # fmt: skip

    def run(resume):
        model = SentenceTransformer(folder, device="cpu")
        torch.manual_seed(0)
        loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
        trainer = SentenceTransformerTrainer(model, args, {"a": data, "b": data.select(range(18))}, loss=loss)
        trainer.train(resume_from_checkpoint=resume)
        assert trainer.state.epoch > 1
        return model.state_dict()

    whole, resumed = run(None), run(f"{args.output_dir}/checkpoint-10")
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(model, pairs, arguments):
    args = arguments(save_strategy="steps", save_steps=2)
    trainer = SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    output = Path(args.output_dir)
    assert last_complete(output) == output / "checkpoint-4"
    (output / "checkpoint-4" / "trainer_state.json").write_text("{")
    assert last_complete(output) == output / "checkpoint-2"
    with pytest.raises(CheckpointError, match="written to its end"):
        trainer.train(str(output / "checkpoint-4"))


def test_resuming_needs_a_checkpoint(model, pairs, arguments):
    trainer = SentenceTransformerTrainer(model, arguments(), pairs, loss=MultipleNegativesRankingLoss(model))
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        trainer.train(True)
