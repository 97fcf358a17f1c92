"""Train a model for paraphrases on many sets of pairs, one set per batch, the same number of batches from each.

    python examples/training/paraphrases/train.py                         small: some minutes on a CPU
    python examples/training/paraphrases/train.py --full --model MODEL    everything: one GPU

Small trains the bundled static model on a few thousand pairs; any other model is given by --model (a folder or an id on
the hub).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from data import paraphrase_sets, sts_dev

from likewise import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from likewise.evaluation import EmbeddingSimilarityEvaluator
from likewise.losses import MultipleNegativesRankingLoss


def main() -> None:
    """Train, and say what STS-B dev says before and after."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="likewise-mini")
    parser.add_argument("--full", action="store_true", help="all pairs, as on one GPU")
    parser.add_argument("--rows", type=int, help="most pairs of each set")
    parser.add_argument("--steps", type=int, default=-1, help="most steps; -1 is one epoch")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float, help="default: 2e-5; 2e-3 for the static model")
    parser.add_argument("--output", default="output/paraphrases")
    options = parser.parse_args()

    sets = paraphrase_sets(options.rows or (10_000_000 if options.full else 2000))
    if not sets:
        raise SystemExit("no data: there is no data folder beside the repository, and the hub gave none")
    model = SentenceTransformer(options.model)
    dev = sts_dev()
    evaluator = EmbeddingSimilarityEvaluator(dev["sentence1"], dev["sentence2"], dev["score"], name="sts-dev")
    before = evaluator(model)[evaluator.primary_metric]

    args = SentenceTransformerTrainingArguments(
        output_dir=options.output,
        num_train_epochs=1,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch_size or (128 if options.full else 32),
        learning_rate=options.learning_rate or (2e-3 if options.model == "likewise-mini" else 2e-5),
        warmup_steps=0.1,
        bf16=options.full,
        batch_sampler="no_duplicates",
        multi_dataset_batch_sampler="round_robin",
        eval_strategy="steps",
        eval_steps=0.25,
        save_strategy="steps",
        save_steps=0.25,
        save_total_limit=1,
        logging_steps=0.05,
        report_to="none",
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=args,
        train_dataset=sets,
        loss=MultipleNegativesRankingLoss(model),
        evaluator=evaluator,
    )
    trainer.train()
    after = evaluator(model)[evaluator.primary_metric]
    model.save(f"{options.output}/final")
    print(f"STS-B dev, Spearman: {before:.4f} before, {after:.4f} after; saved in {options.output}/final")


if __name__ == "__main__":
    main()
