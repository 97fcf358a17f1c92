"""Dropout on the sentence embedding, in training only. Knows features and settings."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from likewise.errors import InputError, InputTypeError
from likewise.hub.config_reader import ConfigReader
from likewise.models.module import Features, Module


class Dropout(Module):
    """Sets random entries of the sentence embedding to zero while training; does nothing otherwise.

    Args:
        dropout: Probability of an entry to be dropped, from 0 to 1.

    Raises:
        InputError: If it is no probability.

    Example:
        >>> import torch
        >>> Dropout(0.5).eval()({"sentence_embedding": torch.ones(1, 2)})["sentence_embedding"]
        tensor([[1., 1.]])
    """

    config_keys: ClassVar[list[str]] = ["dropout"]
    takes_packed: ClassVar[bool] = True

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        if isinstance(dropout, bool) or not isinstance(dropout, int | float):
            raise InputTypeError(f"dropout={dropout!r}", accepted="a number from 0 to 1")
        if not 0 <= dropout <= 1:
            raise InputError(f"dropout={dropout!r}", accepted="a number from 0 to 1")
        self.dropout = dropout
        self.dropout_layer = nn.Dropout(dropout)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `sentence_embedding`.

        Args:
            features: `sentence_embedding` [B, D].
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` [B, D].
        """
        del kwargs
        features["sentence_embedding"] = self.dropout_layer(features["sentence_embedding"])
        return features

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        return {"dropout": config.number("dropout", low=0.0, high=1.0, default=0.2)}
