"""Distil a re-ranker into one with half of its layers: the student learns the scores that the teacher gives.

    python examples/training/reranker/distil.py output/reranker/final

The student starts as every second layer of the teacher (an encoder of the BERT family), and learns from the teacher's
scores before the activation, on questions with passages that answer them and mined ones that do not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import labelled_pairs, question_passages

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import data_folder, read_collection, retrieve

from likewise import CrossEncoder, SentenceTransformer
from likewise.cross_encoder.evaluation import CrossEncoderRerankingEvaluator
from likewise.cross_encoder.losses import MSELoss
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments


def every_other_layer(folder: str) -> CrossEncoder:
    """Load a re-ranker with the second, fourth, ... layers only."""
    student = CrossEncoder(folder)
    encoder = student.model.base_model.encoder
    encoder.layer = torch.nn.ModuleList(list(encoder.layer)[1::2])
    student.model.config.num_hidden_layers = len(encoder.layer)
    return student


def judged(name: str, model: CrossEncoder, evaluator: CrossEncoderRerankingEvaluator) -> None:
    """Print the quality of a model, its size and its time."""
    start = time.process_time()
    metrics: dict[str, Any] = evaluator(model)
    size = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"{name:<16} ndcg@10 {metrics['ndcg@10']:.4f}  mrr@10 {metrics['mrr@10']:.4f}  "
        f"{size / 1e6:.1f} million weights  {time.process_time() - start:.1f} CPU s",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Distil, and say what a collection says of teacher and student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", help="cross-encoder of the BERT family: a folder or an id on the hub")
    parser.add_argument("--retriever", default="likewise-mini", help="mines negatives, and finds candidates to re-rank")
    parser.add_argument("--data", help="folder of data sets (default: LIKEWISE_DATA, else beside the repository)")
    parser.add_argument("--rows", type=int, default=1000, help="most questions of each set")
    parser.add_argument("--negatives", type=int, default=4, help="negatives of each question")
    parser.add_argument("--collection", default="cranfield", help="what both are judged on; never trained on")
    parser.add_argument("--queries", type=int, help="most queries of the collection")
    parser.add_argument("--steps", type=int, default=-1, help="most steps; -1 is one epoch")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--output", default="output/reranker-small")
    options = parser.parse_args(argv)

    folder, retriever = data_folder(options.data), SentenceTransformer(options.retriever)
    collection = read_collection(folder / options.collection, options.queries)
    evaluator = CrossEncoderRerankingEvaluator(
        retrieve(retriever, collection, 100), always_rerank_positives=False, write_csv=False
    )
    teacher, student = CrossEncoder(options.teacher), every_other_layer(options.teacher)
    judged("teacher", teacher, evaluator)
    judged("student before", student, evaluator)

    pairs = labelled_pairs(question_passages(folder, options.rows), retriever, options.negatives)
    scores = teacher.predict(
        list(zip(pairs["question"], pairs["passage"], strict=True)), activation_fn=torch.nn.Identity()
    )
    pairs = pairs.remove_columns("label").add_column("label", [float(score) for score in scores])
    args = CrossEncoderTrainingArguments(
        output_dir=options.output,
        num_train_epochs=1,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        warmup_steps=0.1,
        seed=12,
        save_strategy="no",
        logging_steps=0.05,
        report_to="none",
    )
    CrossEncoderTrainer(model=student, args=args, train_dataset=pairs, loss=MSELoss(student)).train()
    student.save_pretrained(f"{options.output}/final")
    judged("student after", student, evaluator)
    print(f"{len(pairs):,} pairs; saved in {options.output}/final")


if __name__ == "__main__":
    main()
