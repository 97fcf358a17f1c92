"""The documented path of the model card's data; it lives in `likewise.cross_encoder.card`."""

from likewise.cross_encoder.card import CrossEncoderModelCardData

__all__ = ["CrossEncoderModelCardData"]
