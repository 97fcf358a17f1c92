"""Distil a re-ranker into one with half of its layers: the student learns how the teacher ranks lists of passages.

    python examples/training/reranker/distil.py output/reranker/final

The student starts as every second layer of the teacher (an encoder of the BERT family), and learns from the teacher's
scores before the activation, on the lists that the teacher learned from.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, DatasetDict

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import easy_lists, hard_lists
from learning import add_common, candidates, learn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import data_folder
from judge import judged

from likewise import CrossEncoder, SentenceTransformer


def every_other_layer(folder: str) -> CrossEncoder:
    """Load a re-ranker with the second, fourth, ... layers only."""
    student = CrossEncoder(folder)
    encoder = student.model.base_model.encoder
    encoder.layer = torch.nn.ModuleList(list(encoder.layer)[1::2])
    student.model.config.num_hidden_layers = len(encoder.layer)
    return student


def scored_by(teacher: CrossEncoder, lists: DatasetDict) -> DatasetDict:
    """The lists with the scores of a model, before its activation, in place of their labels."""
    scored = {}
    for name, rows in lists.items():
        pairs = [(row["query"], passage) for row in rows for passage in row["passages"]]
        scores = iter(teacher.predict(pairs, activation_fn=torch.nn.Identity()).tolist())
        labels = [[next(scores) for _ in row["passages"]] for row in rows]
        scored[name] = Dataset.from_dict({"query": rows["query"], "passages": rows["passages"], "labels": labels})
    return DatasetDict(scored)


def show(name: str, model: CrossEncoder, samples: list[dict[str, Any]]) -> None:
    """Print the quality of a model, its size and its time."""
    start = time.process_time()
    figures = judged(model, samples)["after"]
    size = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"{name:<16} ndcg@10 {figures['ndcg@10']:.4f}  mrr@10 {figures['mrr@10']:.4f}  "
        f"{size / 1e6:.1f} million weights  {time.process_time() - start:.1f} CPU s",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Distil, and say what a collection says of teacher and student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", help="cross-encoder of the BERT family: a folder or an id on the hub")
    add_common(parser)
    parser.add_argument("--student", help="go on with an earlier student (default: half of the teacher's layers)")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--output", default="output/reranker-small")
    options = parser.parse_args(argv)

    folder, retriever = data_folder(options.data), SentenceTransformer(options.retriever)
    miner = SentenceTransformer(options.miner)
    samples = candidates(folder, options, retriever)
    teacher = CrossEncoder(options.teacher)
    student = CrossEncoder(options.student) if options.student else every_other_layer(options.teacher)
    show("teacher", teacher, samples)
    show("student before", student, samples)

    easy, hard = easy_lists(folder, options, miner), hard_lists(folder, options, miner, retriever)
    for lists, length in ((easy, options.easy_max_length), (hard, options.max_length)):
        student.max_length = length
        if lists:
            learn(student, scored_by(teacher, lists), options.learning_rate, options)
    student.max_length = teacher.max_length
    student.save_pretrained(f"{options.output}/final")
    show("student after", student, samples)
    print(f"saved in {options.output}/final")


if __name__ == "__main__":
    main()
