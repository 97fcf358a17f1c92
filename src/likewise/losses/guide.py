"""What a guide says about the texts of a batch. Knows models by their documented methods.

The guide belongs to the caller: it is no part of the loss, is not trained and not saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from likewise.losses.embedding import embed_columns, sentence_embeddings, unwrapped
from likewise.ops.column_batch import Features, MiniBatches
from likewise.ops.packing import padded_features


class GuideModel(Protocol):
    """A model that tokenises and embeds."""

    tokenizer: Any

    def tokenize(self, texts: Any) -> Features:
        """Features of texts."""

    def __call__(self, features: Features) -> Features:
        """Adds `sentence_embedding`."""


class Guide:
    """A guide for one model.

    Args:
        guide: The guide.
        model: The model that it guides.
    """

    def __init__(self, guide: Any, model: Any) -> None:
        self.guide = guide
        own, other = (getattr(unwrapped(each), "tokenizer", None) for each in (model, guide))
        self.tokenizer: Any = own
        self.same_ids = own is not None and other is not None and _vocabulary(own) == _vocabulary(other)

    def embed(self, columns: Sequence[Features], mini_batches: MiniBatches | None = None) -> list[Tensor]:
        """What the guide makes of the texts, without gradients.

        Args:
            columns: Features of each column, from the model's tokenizer; where the guide has another one, texts are
                decoded and tokenised anew.
            mini_batches: How the batch is cut; None embeds it at once.

        Returns:
            [B, G] for each column.
        """
        self.guide.eval()
        device = next(value.device for column in columns for value in column.values() if isinstance(value, Tensor))
        self.guide.to(device)
        same = self.same_ids or self.tokenizer is None
        features = [dict(column) if same else self._again(column, device) for column in columns]
        with torch.no_grad():
            found = sentence_embeddings(embed_columns(self.guide, features, mini_batches))
        return [each.float() for each in found]

    def _again(self, column: Features, device: torch.device) -> Features:
        padded = padded_features(column)
        ids, mask = padded["input_ids"], padded["attention_mask"].bool()
        rows = [row[keep].tolist() for row, keep in zip(ids, mask, strict=True)]
        texts = self.tokenizer.batch_decode(rows, skip_special_tokens=True)
        fresh = self.guide.tokenize(texts)
        return {name: value.to(device) if isinstance(value, Tensor) else value for name, value in fresh.items()}


def _vocabulary(tokenizer: Any) -> Any:
    tell = getattr(tokenizer, "get_vocab", None)
    return tell() if callable(tell) else id(tokenizer)
