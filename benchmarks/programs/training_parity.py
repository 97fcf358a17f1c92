"""Train with one package and say how it went: `training_parity.py SIDE MODEL START LOSS STEPS SEED`.

Both packages get the same batches in the same order: rows are shuffled by the seed before, and taken as they come.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from torch.utils.data import BatchSampler, SequentialSampler

side, folder, start, name = sys.argv[1:5]
steps, seed = map(int, sys.argv[5:7])
if side == "likewise":
    from likewise import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
        losses,
        models,
    )
else:
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
        losses,
        models,
    )

DATA, ROWS = Path("../shared/data"), 16
torch.set_num_threads(1)


def table(path: str) -> list[dict[str, str]]:
    with gzip.open(DATA / path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class InOrder(BatchSampler):
    """Batches of rows as they stand: else each package shuffles in its own way."""

    def set_epoch(self, epoch: int) -> None:
        """There is only one."""


def in_order(dataset: Dataset, *args: object, **kwargs: object) -> InOrder:
    """What either trainer calls for a batch sampler."""
    return InOrder(SequentialSampler(dataset), ROWS, drop_last=False)


def drawn(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """As many rows as are trained on, from all over the file: files are sorted by label and source."""
    return random.Random(0).sample(rows, min(len(rows), ROWS * steps))


def data_for(loss: str) -> Dataset:
    if loss in ("cosent", "cosine"):
        rows = drawn(table("stsb/stsb-train.tsv.gz"))
        return Dataset.from_list(
            [{"a": r["sentence1"], "b": r["sentence2"], "score": float(r["score"]) / 5} for r in rows]
        )
    if loss == "softmax":
        kinds = {"entailment": 0, "neutral": 1, "contradiction": 2}
        rows = drawn([row for row in table("nli/nli-pairs.tsv.gz") if row["label"] in kinds])
        return Dataset.from_list([{"a": r["premise"], "b": r["hypothesis"], "label": kinds[r["label"]]} for r in rows])
    rows = drawn(table("nli/nli-triplets.tsv.gz"))
    return Dataset.from_list([{key: r[key] for key in ("anchor", "positive", "negative")} for r in rows])


def model_for(kind: str) -> SentenceTransformer:
    if kind == "minilm":
        return SentenceTransformer(folder, device="cpu")
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(seed)
    small = Path(tempfile.mkdtemp())
    config = BertConfig(
        vocab_size=30522, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512
    )
    BertModel(config).save_pretrained(small)
    AutoTokenizer.from_pretrained(folder).save_pretrained(small)
    body = models.Transformer(str(small), max_seq_length=128)
    return SentenceTransformer(modules=[body, models.Pooling(128, "mean")], device="cpu")


def sts(model: SentenceTransformer) -> float:
    rows = table("stsb/stsb-dev.tsv.gz")
    first, second = (model.encode([r[key] for r in rows], convert_to_numpy=True) for key in ("sentence1", "sentence2"))
    scores = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    gold = np.array([float(r["score"]) for r in rows])

    def ranks(values: np.ndarray) -> np.ndarray:
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2)[inverse]

    return float(100 * np.corrcoef(ranks(scores), ranks(gold))[0, 1])


model = model_for(start)
width = model.get_sentence_embedding_dimension()
build = {
    "mnrl": lambda: losses.MultipleNegativesRankingLoss(model),
    "cached": lambda: losses.CachedMultipleNegativesRankingLoss(model, mini_batch_size=8),
    "matryoshka": lambda: losses.MatryoshkaLoss(
        model, losses.MultipleNegativesRankingLoss(model), [width, width // 2, width // 4]
    ),
    "triplet": lambda: losses.TripletLoss(model),
    "softmax": lambda: losses.SoftmaxLoss(model, width, 3),
    "cosent": lambda: losses.CoSENTLoss(model),
    "cosine": lambda: losses.CosineSimilarityLoss(model),
}[name]
before = sts(model) if side == "likewise" else None  # it is the same in both
torch.manual_seed(seed)
args = SentenceTransformerTrainingArguments(
    output_dir=tempfile.mkdtemp(),
    max_steps=steps,
    batch_sampler=in_order,
    per_device_train_batch_size=ROWS,
    learning_rate=2e-5 if start == "minilm" else 5e-4,
    warmup_steps=steps // 10,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=True,
    seed=seed,
    disable_tqdm=True,
)
trainer = SentenceTransformerTrainer(model, args, train_dataset=data_for(name).shuffle(seed), loss=build())
began = time.process_time()
trainer.train()
spent = time.process_time() - began
logged = [row["loss"] for row in trainer.state.log_history if "loss" in row]
print()
print(
    json.dumps(
        {
            "before": before,
            "sts": sts(model),
            "losses": logged,
            "train_s": spent,
        }
    )
)
