"""Train a small re-ranker on lists of passages, and judge it on a retrieval collection that it has not seen.

    python examples/training/reranker/train.py --bf16               # some 80 minutes of one core with AMX
    python examples/training/reranker/train.py --bf16 --rows 250 --lists 4   # a short look

An encoder with a new head has never compared two texts. It learns to from the sum of two scores that need no labels:
the cosine of a retriever, and BM25, which is good where the retriever is not. What is known to answer gets more.
ListNet takes the softmax of these; the passages of a list come from all over the retriever's ranking, so that there is
something to learn for a beginner, and later on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import easy_lists, hard_lists
from learning import add_common, candidates, dtype, learn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from judge import judged, table_of

from collection import data_folder
from likewise import CrossEncoder, SentenceTransformer

WITHOUT_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", default="sentence-transformers/all-MiniLM-L6-v2", help="encoder or re-ranker to start from"
    )
    add_common(parser)
    parser.add_argument("--easy-rows", type=int, default=160, help="as --rows, of the easy lists that come first; or 0")
    parser.add_argument("--easy-learning-rate", type=float, default=5e-4)
    parser.add_argument("--output", default="output/reranker")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and say what the collection says before and after."""
    options = arguments(argv)
    folder = data_folder(options.data)
    retriever = SentenceTransformer(options.retriever, model_kwargs=dtype(options))
    samples = candidates(folder, options, retriever)
    easy, lists = easy_lists(folder, options), hard_lists(folder, options, retriever)
    torch.manual_seed(options.seed)  # the new head
    model = CrossEncoder(options.model, num_labels=1, max_length=options.max_length, config_kwargs=WITHOUT_DROPOUT)
    if options.easy_rows and not options.resume:
        learn(model, easy, options.easy_learning_rate, f"{options.output}/easy", options)
    learn(model, lists, options.learning_rate, options.output, options, resume=options.resume)
    model.save_pretrained(f"{options.output}/final")
    print(f"{len(lists):,} lists; saved in {options.output}/final", flush=True)
    model = CrossEncoder(f"{options.output}/final", model_kwargs=dtype(options))
    print(f"{options.collection}, top {options.top_k}:\n{table_of(judged(model, samples))}")


if __name__ == "__main__":
    main()
