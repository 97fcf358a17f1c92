"""WeightedLayerPooling: a learnt mix of the layers of a transformer. Knows features and settings."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from likewise.errors import InputError, ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.arguments import MAX_DIMENSION, checked_integer, one_spelling
from likewise.models.building import build_and_fill
from likewise.models.module import Features, LoadContext, Module

MAX_LAYERS = 1024


class WeightedLayerPooling(Module):
    r"""Token embeddings as a weighted mean of layers: $h = \sum_l w_l h_l / \sum_l w_l$, l from `layer_start` on.

    Args:
        word_embedding_dimension: Width of the token embeddings.
        num_hidden_layers: Number of transformer layers; layer 0 is the embedding layer.
        layer_start: First layer of the mix.
        layer_weights: The w to begin with, [num_hidden_layers + 1 - layer_start]; None is all ones.
        embedding_dimension: Later name of `word_embedding_dimension`.

    Raises:
        InputError: If `layer_start` is above `num_hidden_layers`.
        ShapeError: If `layer_weights` has another length.

    Example:
        >>> layers = [torch.full((1, 1, 2), float(layer)) for layer in range(3)]
        >>> features = {"token_embeddings": layers[2], "all_layer_embeddings": layers}
        >>> WeightedLayerPooling(2, num_hidden_layers=2, layer_start=1)(features)["token_embeddings"].tolist()
        [[[1.5, 1.5]]]
    """

    config_keys: ClassVar[list[str]] = ["word_embedding_dimension", "layer_start", "num_hidden_layers"]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        word_embedding_dimension: int | None = None,
        num_hidden_layers: int = 12,
        layer_start: int = 4,
        layer_weights: Tensor | None = None,
        *,
        embedding_dimension: int | None = None,
    ) -> None:
        super().__init__()
        dimension = one_spelling(
            word_embedding_dimension=word_embedding_dimension, embedding_dimension=embedding_dimension
        )
        self.word_embedding_dimension = checked_integer("word_embedding_dimension", dimension)
        self.num_hidden_layers = checked_integer("num_hidden_layers", num_hidden_layers, high=MAX_LAYERS)
        self.layer_start = checked_integer("layer_start", layer_start, low=0, high=num_hidden_layers)
        count = num_hidden_layers + 1 - layer_start
        weights = torch.ones(count) if layer_weights is None else torch.as_tensor(layer_weights)
        if weights.shape != (count,):
            raise ShapeError(f"layer_weights of shape {tuple(weights.shape)}", accepted=f"shape ({count},)")
        self.layer_weights = layer_weights if isinstance(layer_weights, nn.Parameter) else nn.Parameter(weights.float())

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `token_embeddings`.

        Args:
            features: `all_layer_embeddings`, num_hidden_layers + 1 tensors [B, S, D] or [T, D].
            **kwargs: Taken and not used.

        Returns:
            The features with `token_embeddings` [B, S, D] or [T, D].
        """
        del kwargs
        layers = features.get("all_layer_embeddings")
        if layers is None:
            raise InputError(
                "the feature 'all_layer_embeddings' is missing",
                accepted="a transformer that returns all layers",
                fix='Transformer(name, config_args={"output_hidden_states": True})',
            )
        if len(layers) != self.num_hidden_layers + 1:
            raise ShapeError(
                f"{len(layers)} layers", accepted=f"{self.num_hidden_layers + 1}, the embedding layer included"
            )
        mix = torch.zeros((), dtype=self.layer_weights.dtype, device=self.layer_weights.device)
        for weight, layer in zip(self.layer_weights, layers[self.layer_start :], strict=True):
            mix = mix + weight * layer
        features["token_embeddings"] = (mix / self.layer_weights.sum()).to(layers[-1].dtype)
        return features

    @property
    def embedding_dimension(self) -> int:
        """Later name of `word_embedding_dimension`."""
        return self.word_embedding_dimension

    def get_word_embedding_dimension(self) -> int:
        """Width of the token embeddings.

        Returns:
            `word_embedding_dimension`.
        """
        return self.word_embedding_dimension

    def get_embedding_dimension(self) -> int:
        """Later name of `get_word_embedding_dimension`."""
        return self.word_embedding_dimension

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings, in the form of any version.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        layers = config.integer("num_hidden_layers", low=1, high=MAX_LAYERS, default=12)
        return {
            "word_embedding_dimension": config.integer(
                ("word_embedding_dimension", "embedding_dimension"), low=1, high=MAX_DIMENSION
            ),
            "num_hidden_layers": layers,
            "layer_start": config.integer("layer_start", high=layers, default=4),
        }

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
