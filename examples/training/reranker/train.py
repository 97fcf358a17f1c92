"""Train a small re-ranker on questions and passages, and judge it on a retrieval collection that it has not seen.

    python examples/training/reranker/train.py --model sentence-transformers/all-MiniLM-L6-v2

A bundled static model mines the negatives: passages that look like the answer and are none. On two cores of a CPU the
defaults take some twenty minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import labelled_pairs, question_passages

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import data_folder, read_collection, retrieve

from likewise import CrossEncoder, SentenceTransformer
from likewise.cross_encoder.evaluation import CrossEncoderRerankingEvaluator
from likewise.cross_encoder.losses import BinaryCrossEntropyLoss
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and say what the collection says before and after."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="sentence-transformers/all-MiniLM-L6-v2", help="encoder to start from")
    parser.add_argument("--retriever", default="likewise-mini", help="mines negatives, and finds candidates to re-rank")
    parser.add_argument("--data", help="folder of data sets (default: LIKEWISE_DATA, else beside the repository)")
    parser.add_argument("--rows", type=int, default=1000, help="most questions of each set")
    parser.add_argument("--negatives", type=int, default=4, help="negatives of each question")
    parser.add_argument("--collection", default="cranfield", help="what it is judged on; never trained on")
    parser.add_argument("--queries", type=int, help="most queries of the collection")
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--steps", type=int, default=-1, help="most steps; -1 is one epoch")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--output", default="output/reranker")
    options = parser.parse_args(argv)

    folder, retriever = data_folder(options.data), SentenceTransformer(options.retriever)
    collection = read_collection(folder / options.collection, options.queries)
    evaluator = CrossEncoderRerankingEvaluator(
        retrieve(retriever, collection, 100), always_rerank_positives=False, name=options.collection
    )
    pairs = labelled_pairs(question_passages(folder, options.rows), retriever, options.negatives)
    torch.manual_seed(12)  # the new head
    model = CrossEncoder(options.model, num_labels=1, max_length=options.max_length)

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
    loss = BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(float(options.negatives)))
    CrossEncoderTrainer(model=model, args=args, train_dataset=pairs, loss=loss).train()
    model.save_pretrained(f"{options.output}/final")

    metrics = evaluator(model)
    for name in ("ndcg@10", "mrr@10"):
        before, after = (metrics[f"{options.collection}_{prefix}{name}"] for prefix in ("base_", ""))
        print(f"{options.collection} {name}: {before:.4f} as retrieved, {after:.4f} re-ranked")
    print(f"{len(pairs):,} pairs; saved in {options.output}/final")


if __name__ == "__main__":
    main()
