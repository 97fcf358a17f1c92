"""Train a small re-ranker on lists of passages, and judge it on a retrieval collection that it has not seen.

    python examples/training/reranker/train.py --retriever sentence-transformers/all-MiniLM-L6-v2 --bf16
    python examples/training/reranker/train.py --model output/reranker/final --easy-rows 0 --rows 120 --seed 13

At first the negatives are random ones, from which a model that never saw pairs learns to compare at all; then similar
ones, of the questions and of the judged queries of other collections. Their labels are the retriever's cosine, scaled,
and more for what is known to answer (ListNet takes the softmax of them): so the re-ranker learns what the retriever
knows as well as where it is wrong, and negatives that are answers after all do little harm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import easy_lists, hard_lists
from learning import add_common, candidates, learn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import data_folder
from judge import judged, table_of

from likewise import CrossEncoder, SentenceTransformer


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", default="sentence-transformers/all-MiniLM-L6-v2", help="encoder or re-ranker to start from"
    )
    add_common(parser)
    parser.add_argument("--easy-learning-rate", type=float, default=5e-4, help="of the first part, random negatives")
    parser.add_argument("--learning-rate", type=float, default=2e-4, help="of the second part, similar negatives")
    parser.add_argument("--final-max-length", type=int, default=256, help="most tokens of a pair, once trained")
    parser.add_argument("--output", default="output/reranker")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and say what the collection says before and after."""
    options = arguments(argv)
    folder, retriever = data_folder(options.data), SentenceTransformer(options.retriever)
    miner = SentenceTransformer(options.miner)
    samples = candidates(folder, options, retriever)
    easy, hard = easy_lists(folder, options, miner), hard_lists(folder, options, miner, retriever)
    torch.manual_seed(options.seed)  # the new head
    model = CrossEncoder(options.model, num_labels=1, max_length=options.easy_max_length)
    if easy:
        learn(model, easy, options.easy_learning_rate, options)
    model.max_length = options.max_length
    learn(model, hard, options.learning_rate, options)
    model.max_length = options.final_max_length
    model.save_pretrained(f"{options.output}/final")
    print(f"{options.collection}, top {options.top_k}:\n{table_of(judged(model, samples))}")
    print(f"{sum(map(len, [*easy.values(), *hard.values()])):,} lists; saved in {options.output}/final")


if __name__ == "__main__":
    main()
