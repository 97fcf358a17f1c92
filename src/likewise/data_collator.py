"""The documented path of the collator; it lives in `likewise.training.collator`."""

from likewise.training.collator import SentenceTransformerDataCollator

__all__ = ["SentenceTransformerDataCollator"]
