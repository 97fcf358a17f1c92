"""The documented training arguments of cross-encoders: all of those that models of embeddings have."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.training.arguments import SentenceTransformerTrainingArguments


@dataclass
class CrossEncoderTrainingArguments(SentenceTransformerTrainingArguments):
    """How to train a CrossEncoder; arguments as in `SentenceTransformerTrainingArguments`.

    `prompts` go before the first text of each pair: one text for all, or by the name of that text's column.

    Example:
        >>> args = CrossEncoderTrainingArguments(output_dir="out", prompts={"query": "search: "}, use_cpu=True)
        >>> args.prompts
        {'query': 'search: '}
    """
