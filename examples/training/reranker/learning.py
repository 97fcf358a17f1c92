"""What training and distilling have in common: how they learn from lists, and the options of it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import read_collection, retrieve
from likewise import CrossEncoder
from likewise.cross_encoder.losses import ListNetLoss
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments


def add_common(parser: ArgumentParser) -> None:
    """Add the options that both programs have."""
    parser.add_argument(
        "--retriever", default="sentence-transformers/all-MiniLM-L6-v2", help="finds and scores passages"
    )
    parser.add_argument("--data", help="folder of data sets (default: LIKEWISE_DATA, else beside the repository)")
    parser.add_argument("--rows", type=int, default=2500, help="most queries of each source")
    parser.add_argument("--judged", nargs="*", default=["npl", "cacm"], help="collections whose queries are trained on")
    parser.add_argument("--lists", type=int, default=10, help="most lists of a query of these")
    parser.add_argument("--documents", type=int, default=1500, help="most documents of these that answer nothing")
    parser.add_argument("--length", type=int, default=8, help="passages of a list")
    parser.add_argument("--reach", type=int, default=10000, help="ranks of which they are drawn")
    parser.add_argument("--words", type=int, default=96, help="most words of a query or passage, in training")
    parser.add_argument("--collection", default="cranfield", help="what it is judged on; never trained on")
    parser.add_argument("--queries", type=int, help="most queries of the collection")
    parser.add_argument("--top-k", type=int, default=20, help="documents of each that are re-ranked")
    parser.add_argument("--max-length", type=int, default=160, help="most tokens of a pair")
    parser.add_argument("--steps", type=int, default=-1, help="most steps; -1 is one epoch")
    parser.add_argument("--batch-size", type=int, default=4, help="lists of a step")
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--bf16", action="store_true", help="bfloat16; what learns keeps its weights in float32")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")


def dtype(options: Namespace) -> dict[str, str]:
    """The type of the weights of models that do not learn, as `model_kwargs`."""
    return {"torch_dtype": "bfloat16"} if options.bf16 else {}


def candidates(folder: Path, options: Namespace, retriever: Any) -> list[dict[str, Any]]:
    """What is retrieved for the collection that is judged on; ends the program if it is trained on as well."""
    if options.collection in options.judged:
        raise SystemExit(f"{options.collection} is trained on (--judged): judge on another --collection")
    return retrieve(retriever, read_collection(folder / options.collection, options.queries), options.top_k)


def learn(
    model: CrossEncoder, lists: Dataset, rate: float, output: str, options: Namespace, *, resume: bool = False
) -> None:
    """Train a model on lists, all but its embeddings of tokens, so that rare words keep their meaning.

    Args:
        model: The model.
        lists: Columns query, passages and labels.
        rate: The learning rate.
        output: Folder of the checkpoints.
        options: The command line: steps, batch_size, seed and bf16 count.
        resume: Go on from the newest checkpoint in the folder.
    """
    args = CrossEncoderTrainingArguments(
        output_dir=output,
        num_train_epochs=1,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch_size,
        learning_rate=rate,
        warmup_steps=0.05,
        bf16=options.bf16,
        use_cpu=options.bf16 and not torch.cuda.is_available(),  # else bfloat16 is refused without a GPU
        seed=options.seed,
        save_strategy="steps",
        save_steps=0.2,
        save_total_limit=2,
        logging_steps=0.02,
        report_to="none",
    )
    model.model.base_model.embeddings.requires_grad_(False)
    trainer = CrossEncoderTrainer(model=model, args=args, train_dataset=lists, loss=ListNetLoss(model))
    trainer.train(resume_from_checkpoint=resume)
