"""Two processes: resumed within the second epoch, evaluated once and alike, and fed by streams."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

PROGRAM = """
import atexit, json, os, sys, torch
from datasets import Dataset
from likewise import SentenceTransformer
from likewise.losses import SoftmaxLoss
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.trainer import SentenceTransformerTrainer

@atexit.register
def check_that_the_group_was_left():
    if torch.distributed.is_initialized():
        os._exit(9)

start, output, kind, resume = sys.argv[1:5]
rank = int(os.environ["RANK"])
words = ["a", "the", "cat", "dog", "man", "eats", "runs", "rains", "food", "today"]
data = Dataset.from_dict({
    "one": [words[n % 10] + " " + words[3 * n % 10] for n in range(48)],
    "two": [words[n % 10] + " " + words[(7 * n + 1) % 10] for n in range(48)],
    "label": [n % 3 for n in range(48)],
})

class Evaluator:
    primary_metric = "dev"
    paths = []
    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        self.paths.append(output_path)
        return {"dev": float(rank + steps)}

torch.manual_seed(7)
model = SentenceTransformer(start, device="cpu")
loss = SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3)
stream = kind == "stream"
args = SentenceTransformerTrainingArguments(
    output_dir=output, use_cpu=True, report_to="none", per_device_train_batch_size=4, num_train_epochs=2,
    max_steps=10 if stream else -1, save_strategy="steps", save_steps=8, logging_steps=1, disable_tqdm=True,
    learning_rate=1e-3, eval_strategy="steps", eval_steps=4,
)
evaluator = Evaluator()
trainer = SentenceTransformerTrainer(
    model, args, data.to_iterable_dataset() if stream else data, data, loss, evaluator=evaluator
)
trainer.train(resume_from_checkpoint=resume if resume != "new" else None)
metrics = [row["eval_dev"] for row in trainer.state.log_history if "eval_dev" in row]
with open(f"{output}/rank-{rank}-{resume != 'new'}.json", "w") as file:
    json.dump({"metrics": metrics, "files": [path is not None for path in evaluator.paths]}, file)
if rank == 0:
    trainer.save_model(output + ("/final" if resume == "new" else "/resumed"))
"""


@pytest.mark.parametrize("kind", ["rows", "stream"])
def test_a_run_of_two_processes_is_resumed_exactly_and_evaluated_alike(forks, toy_bert_folder, tmp_path, kind):
    start, output = toy_bert_folder(tmp_path / "start"), tmp_path / "out"
    forks.run_group(PROGRAM, start, output, kind, "new")
    # Steps 7 to 12 are the second epoch, in which the checkpoint lies.
    forks.run_group(PROGRAM, start, output, kind, output / "checkpoint-8")
    for name in ("model.safetensors", "loss_state.safetensors"):
        whole, resumed = (load_file(output / side / name) for side in ("final", "resumed"))
        assert all(torch.equal(resumed[key], value) for key, value in whole.items())
    first, second = (json.loads((output / f"rank-{rank}-False.json").read_text()) for rank in range(2))
    assert first["metrics"] == second["metrics"] != []
    assert set(first["files"]) == {True}
    assert set(second["files"]) == {False}
