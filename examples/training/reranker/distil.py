"""Distil a re-ranker into one with half of its layers: the student learns how the teacher ranks lists of passages.

    python examples/training/reranker/distil.py output/reranker/final --bf16 --seed 14

The student starts as every second layer of the teacher (an encoder of the BERT family), and learns from the teacher's
scores before the activation, on other lists than the teacher's if the seed is another.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import hard_lists
from learning import add_common, candidates, dtype, learn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from judge import judged, table_of

from collection import data_folder
from likewise import CrossEncoder, SentenceTransformer


def every_other_layer(folder: str) -> CrossEncoder:
    """Load a re-ranker with the second, fourth, ... layers only."""
    student = CrossEncoder(folder)
    encoder = student.model.base_model.encoder
    encoder.layer = torch.nn.ModuleList(list(encoder.layer)[1::2])
    student.model.config.num_hidden_layers = len(encoder.layer)
    return student


def scored_by(teacher: CrossEncoder, lists: Dataset) -> Dataset:
    """The lists with the scores of a model, before its activation, in place of their labels."""
    pairs = [(row["query"], passage) for row in lists for passage in row["passages"]]
    scores = iter(teacher.predict(pairs, activation_fn=torch.nn.Identity()).tolist())
    labels = [[next(scores) for _ in row["passages"]] for row in lists]
    return Dataset.from_dict({"query": lists["query"], "passages": lists["passages"], "labels": labels})


def show(name: str, model: CrossEncoder, samples: list[dict[str, Any]]) -> None:
    """Print the quality of a model, its size and its speed."""
    start = time.process_time()
    print(f"{name}:\n{table_of(judged(model, samples))}")
    rate = sum(len(sample["documents"]) for sample in samples) / (time.process_time() - start)
    size = sum(parameter.numel() for parameter in model.parameters())
    print(f"{size / 1e6:.1f} million weights, {rate:,.0f} pairs a CPU second", flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Distil, and say what a collection says of teacher and student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", help="cross-encoder of the BERT family: a folder or an id on the hub")
    add_common(parser)
    parser.add_argument("--student", help="go on with an earlier student (default: half of the teacher's layers)")
    parser.add_argument("--output", default="output/reranker-small")
    options = parser.parse_args(argv)

    folder = data_folder(options.data)
    retriever = SentenceTransformer(options.retriever, model_kwargs=dtype(options))
    samples = candidates(folder, options, retriever)
    teacher = CrossEncoder(options.teacher, model_kwargs=dtype(options))
    lists = scored_by(teacher, hard_lists(folder, options, retriever))
    student = CrossEncoder(options.student) if options.student else every_other_layer(options.teacher)
    student.max_length = options.max_length
    learn(student, lists, options.learning_rate, options.output, options, resume=options.resume)
    student.max_length = teacher.max_length
    student.save_pretrained(f"{options.output}/final")
    show("teacher", teacher, samples)
    show("student", CrossEncoder(f"{options.output}/final", model_kwargs=dtype(options)), samples)
    print(f"saved in {options.output}/final")


if __name__ == "__main__":
    main()
