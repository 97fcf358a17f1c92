"""The documented path of model cards; they live in `likewise.hub.card` and `likewise.training.recorder`."""

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.training.recorder import ModelCardCallback

SentenceTransformerModelCardCallback = ModelCardCallback

__all__ = ["ModelCardCallback", "SentenceTransformerModelCardCallback", "SentenceTransformerModelCardData"]
