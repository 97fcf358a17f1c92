"""What training and distilling have in common: how they learn from lists, and the options of it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch
from datasets import DatasetDict

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import read_collection, retrieve

from likewise import CrossEncoder
from likewise.cross_encoder.losses import ListNetLoss
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments


def add_common(parser: ArgumentParser) -> None:
    """Add the options that both programs have."""
    parser.add_argument("--retriever", default="likewise-mini", help="finds candidates of the collections")
    parser.add_argument("--miner", default="likewise-mini", help="finds similar passages for the questions")
    parser.add_argument("--data", help="folder of data sets (default: LIKEWISE_DATA, else beside the repository)")
    parser.add_argument("--easy-rows", type=int, default=160, help="most questions of each set, with random negatives")
    parser.add_argument("--rows", type=int, default=40, help="most questions of each set, with similar negatives")
    parser.add_argument("--judged", nargs="*", default=["npl", "cacm"], help="collections whose queries are trained on")
    parser.add_argument("--lists", type=int, default=3, help="most lists of a query of these")
    parser.add_argument("--negatives", type=int, default=5, help="similar negatives of each list")
    parser.add_argument("--collection", default="cranfield", help="what it is judged on; never trained on")
    parser.add_argument("--queries", type=int, help="most queries of the collection")
    parser.add_argument("--top-k", type=int, default=30, help="documents of each that are re-ranked")
    parser.add_argument("--easy-max-length", type=int, default=80, help="most tokens of a pair, in the easy lists")
    parser.add_argument("--max-length", type=int, default=128, help="most tokens of a pair, in the hard ones")
    parser.add_argument("--steps", type=int, default=-1, help="most steps; -1 is one epoch")
    parser.add_argument("--batch-size", type=int, default=4, help="lists of a step")
    parser.add_argument("--freeze", action="store_true", help="keep the embeddings of tokens as they are: quicker")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--bf16", action="store_true", help="train in bfloat16, with weights in float32")


def candidates(folder: Path, options: Namespace, retriever: Any) -> list[dict[str, Any]]:
    """What is retrieved for the collection that is judged on; ends the program if it is trained on as well."""
    if options.collection in options.judged:
        raise SystemExit(f"{options.collection} is trained on (--judged): judge on another --collection")
    return retrieve(retriever, read_collection(folder / options.collection, options.queries), options.top_k)


def learn(model: CrossEncoder, lists: DatasetDict, rate: float, options: Namespace) -> None:
    """Train a model on lists, those of a batch all from one source."""
    args = CrossEncoderTrainingArguments(
        output_dir=options.output,
        num_train_epochs=1,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch_size,
        learning_rate=rate,
        warmup_steps=0.1,
        bf16=options.bf16,
        use_cpu=options.bf16 and not torch.cuda.is_available(),  # else bfloat16 is refused without a GPU
        seed=options.seed,
        save_strategy="no",
        logging_steps=0.1,
        report_to="none",
    )
    model.model.base_model.embeddings.requires_grad_(not options.freeze)
    CrossEncoderTrainer(model=model, args=args, train_dataset=lists, loss=ListNetLoss(model)).train()
