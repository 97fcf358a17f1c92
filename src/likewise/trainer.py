"""The documented path of the trainer; it lives in `likewise.training.trainer`."""

from likewise.training.trainer import SentenceTransformerTrainer

__all__ = ["SentenceTransformerTrainer"]
