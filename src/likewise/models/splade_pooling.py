"""SPLADE pooling: logits of tokens over the vocabulary to one vector of non-negative weights per text.

Knows features and settings; the tiles are in `likewise.ops.token_logits`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import torch
from torch import Tensor

from likewise.hub.config_reader import ConfigReader
from likewise.models.arguments import MAX_DIMENSION, checked_choice, checked_integer
from likewise.models.module import Features, Module
from likewise.ops.packing import LOGITS
from likewise.ops.token_layout import PackedTokens, PaddedTokens, Tokens
from likewise.ops.token_logits import TokenLogits

STRATEGIES: Final = ("max", "sum")
ACTIVATIONS: Final = ("relu", "log1p_relu")


class SpladePooling(Module):
    """Makes one `sentence_embedding` per text, as wide as the vocabulary, in which few entries are not zero.

        w[v] = max over tokens t (or their sum) of f(logit[t, v]),  f(x) = log(1 + relu(x))

    Args:
        pooling_strategy: "max" or "sum".
        activation_function: "relu" for f as above, "log1p_relu" for log(1 + f).
        embedding_dimension: Size of the vocabulary; None takes it from the first batch.
        chunk_size: Tokens whose logits are computed at once; None takes a number that fits the processor's cache.
        word_embedding_dimension: Another name of `embedding_dimension`.

    Raises:
        InputError: If there is no such strategy or activation.

    Example:
        >>> logits = torch.tensor([[[1.0, -1.0], [3.0, -2.0], [9.0, 9.0]]])
        >>> features = {"token_embeddings": logits, "attention_mask": torch.tensor([[1, 1, 0]])}
        >>> SpladePooling("max")(features)["sentence_embedding"]
        tensor([[1.3863, 0.0000]])

    Reference:
        Formal et al., SPLADE v2: Sparse Lexical and Expansion Model for Information Retrieval, arXiv:2109.10086
        ("relu"); Lassance et al., SPLADE-v3, arXiv:2403.06789; "log1p_relu" as in Geng et al., arXiv:2411.04403.
    """

    config_keys: ClassVar[list[str]] = ["pooling_strategy", "activation_function", "word_embedding_dimension"]
    takes_packed: ClassVar[bool] = True
    takes_logits: ClassVar[bool] = True

    def __init__(
        self,
        pooling_strategy: str = "max",
        activation_function: str = "relu",
        embedding_dimension: int | None = None,
        chunk_size: int | None = None,
        *,
        word_embedding_dimension: int | None = None,
    ) -> None:
        super().__init__()
        self.pooling_strategy = checked_choice("pooling_strategy", pooling_strategy, STRATEGIES)
        self.activation_function = checked_choice("activation_function", activation_function, ACTIVATIONS)
        width = embedding_dimension if embedding_dimension is not None else word_embedding_dimension
        self.embedding_dimension = None if width is None else checked_integer("embedding_dimension", width)
        self.chunk_size = chunk_size

    @property
    def chunk_size(self) -> int | None:
        """Tokens whose logits are computed at once; settable, None is a number that fits the processor's cache."""
        return self._chunk_size

    @chunk_size.setter
    def chunk_size(self, value: int | None) -> None:
        self._chunk_size = None if value is None else checked_integer("chunk_size", value)

    @property
    def word_embedding_dimension(self) -> int | None:
        """Another name of `embedding_dimension`, and the one that is saved."""
        return self.embedding_dimension

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Add `sentence_embedding`.

        Args:
            features: `token_logits`, which are pooled a tile at a time; or `token_embeddings`, logits [B, S, V] with
                `attention_mask` [B, S], or [T, V] with `cu_seqlens`.
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` [B, V], at least 0; `token_logits` are left out.
        """
        del kwargs
        logits = features.get(LOGITS)
        if isinstance(logits, TokenLogits):
            pooled_BV = self._pool_tiles(logits)
            features = {key: value for key, value in features.items() if key != LOGITS}
        else:
            pooled_BV = self._pool_whole(features)
        self.embedding_dimension = pooled_BV.shape[1]
        return {**features, "sentence_embedding": pooled_BV}

    def _pool_tiles(self, logits: TokenLogits) -> Tensor:
        if self.pooling_strategy == "sum":
            return logits.pooled_sum(self._activate, tile_tokens=self.chunk_size)
        # The activation grows with its argument: that of the largest is the largest.
        return self._activate(logits.pooled_max(tile_tokens=self.chunk_size))

    def _pool_whole(self, features: Features) -> Tensor:
        whole = features["token_embeddings"]
        if self.pooling_strategy == "sum":
            activated = self._activate(whole)
            return _tokens(activated, features).total().to(whole.dtype)
        return self._activate(_tokens(whole, features).maximum())

    def _activate(self, logits: Tensor) -> Tensor:
        weights = torch.log1p(torch.relu(logits))
        return torch.log1p(weights) if self.activation_function == "log1p_relu" else weights

    def get_sentence_embedding_dimension(self) -> int | None:
        """Size of the vocabulary; None until it is known."""
        return self.embedding_dimension

    def get_embedding_dimension(self) -> int | None:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.embedding_dimension

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings, in the form of any version.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        names = ("word_embedding_dimension", "embedding_dimension")
        return {
            "pooling_strategy": config.text("pooling_strategy", choices=STRATEGIES, default="max"),
            "activation_function": config.text("activation_function", choices=ACTIVATIONS, default="relu"),
            "embedding_dimension": config.integer(names, low=1, high=MAX_DIMENSION, default=None),
            "chunk_size": config.integer("chunk_size", low=1, high=MAX_DIMENSION, default=None),
        }

    def __repr__(self) -> str:
        return (
            f"SpladePooling({self.pooling_strategy!r}, activation_function={self.activation_function!r}, "
            f"embedding_dimension={self.embedding_dimension})"
        )


def _tokens(values: Tensor, features: Features) -> Tokens:
    if "cu_seqlens" in features:
        return PackedTokens(values, features["cu_seqlens"])
    mask = features.get("attention_mask")
    if mask is None:
        mask = torch.ones(values.shape[:2], dtype=torch.long, device=values.device)
    return PaddedTokens(values, mask)
