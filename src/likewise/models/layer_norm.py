"""LayerNorm: layer normalisation of the sentence embedding. Knows features and settings."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from torch import nn

from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.arguments import MAX_DIMENSION, checked_integer
from likewise.models.building import build_and_fill
from likewise.models.module import Features, LoadContext, Module


class LayerNorm(Module):
    r"""Normalises each sentence embedding to mean 0 and variance 1, then scales and shifts each dimension.

    Args:
        dimension: Width of the sentence embedding.

    Example:
        >>> import torch
        >>> LayerNorm(2)({"sentence_embedding": torch.tensor([[1.0, 3.0]])})["sentence_embedding"].round().tolist()
        [[-1.0, 1.0]]

    Reference:
        Ba, Kiros and Hinton, Layer Normalization, arXiv:1607.06450.
    """

    config_keys: ClassVar[list[str]] = ["dimension"]
    takes_packed: ClassVar[bool] = True

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = checked_integer("dimension", dimension)
        self.norm = nn.LayerNorm(dimension)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `sentence_embedding`.

        Args:
            features: `sentence_embedding` [B, D].
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` [B, D] normalised, in the type of the weights.
        """
        del kwargs
        features["sentence_embedding"] = self.norm(features["sentence_embedding"].to(self.norm.weight.dtype))
        return features

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the sentence embedding.

        Returns:
            `dimension`.
        """
        return self.dimension

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.dimension

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        return {"dimension": config.integer("dimension", low=1, high=MAX_DIMENSION)}

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from an opened folder.

        Args:
            folder: The module's folder.
            context: Not used.

        Returns:
            The module with its weights.
        """
        del context
        settings = cls.read_config(folder.config(cls.config_file_name))
        return build_and_fill(lambda: cls(**settings), folder)
