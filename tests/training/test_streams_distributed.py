"""Two processes read streams: every row is trained on once a pass, evaluated once, and none again after resuming."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
import json, os, sys, torch
from datasets import Dataset
from likewise import SentenceTransformer
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.trainer import SentenceTransformerTrainer

start, output, sampler, resume = sys.argv[1:5]
rank = os.environ["RANK"]

def numbered(first, last):
    return Dataset.from_dict({
        "one": ["the cat"] * (last - first), "two": ["a dog"] * (last - first),
        "score": [float(n) for n in range(first, last)],
    })

class Noting(torch.nn.Module):
    seen = {"train": [], "eval": []}
    def __init__(self, model):
        super().__init__()
        self.model = model
    def forward(self, features, labels):
        self.seen["train" if self.training else "eval"].append(labels.tolist())
        return labels.mean() + 0.0 * self.model(dict(features[0]))["sentence_embedding"].sum()

model = SentenceTransformer(start, device="cpu")
args = SentenceTransformerTrainingArguments(
    output_dir=output, use_cpu=True, report_to="none", per_device_train_batch_size=4, per_device_eval_batch_size=4,
    max_steps=8, save_strategy="steps", save_steps=3, logging_steps=1, disable_tqdm=True,
    multi_dataset_batch_sampler=sampler,
)
streams = {"a": numbered(0, 24).to_iterable_dataset(), "b": numbered(100, 116).to_iterable_dataset()}
trainer = SentenceTransformerTrainer(model, args, streams, loss=Noting(model))
trainer.train(resume_from_checkpoint=resume if resume != "new" else None)
found = dict(trained=Noting.seen["train"])
for name, data in (("rows", numbered(0, 18)), ("stream", numbered(0, 18).to_iterable_dataset())):
    Noting.seen["eval"].clear()
    found[name] = trainer.evaluate(data)["eval_loss"]
    found[name + "_batches"] = len(Noting.seen["eval"])
with open(f"{output}/{rank}.json", "w") as file:
    json.dump(found, file)
"""


def run(forks, start, output, *arguments):
    """What each of two processes noted."""
    forks.run_group(PROGRAM, start, output, *arguments)
    return [json.loads((output / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.parametrize("sampler", ["proportional", "round_robin"])
def test_every_row_is_seen_once_by_one_process_also_after_resuming(forks, toy_bert_folder, tmp_path, sampler):
    start, output = toy_bert_folder(tmp_path / "start"), tmp_path / "out"
    whole = run(forks, start, output, sampler, "new")
    trained = [each["trained"] for each in whole]
    assert [len(each) for each in trained] == [8, 8]
    in_order = [row for together in zip(*trained, strict=True) for batch in together for row in batch]
    # In turn, a pass ends with the shorter stream: 4 batches of each, and a fifth of the longer one.
    size = 40 if sampler == "proportional" else 36
    rows = [*range(24), *range(100, 116)] if sampler == "proportional" else [*range(20), *range(100, 116)]
    assert sorted(in_order[:size]) == rows
    assert len(set(in_order[size:])) == len(in_order) - size  # another pass, which has begun
    for batch in (batch for each in trained for batch in each):
        assert max(batch) - min(batch) < 24  # of one stream

    for found in whole:
        # 5 batches for two processes: 3 each, of which the last one of the second does not count.
        assert found["rows"] == found["stream"] == pytest.approx(sum(range(18)) / 18)
        assert found["rows_batches"] == found["stream_batches"] == 3

    if sampler == "proportional":
        resumed = run(forks, start, output, sampler, output / "checkpoint-3")
        assert [each["trained"] for each in resumed] == [each[3:] for each in trained]
