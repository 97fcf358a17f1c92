"""WordWeights: token embeddings times the weight of their word. Knows features and weights, no text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.errors import InputError
from likewise.hub.config_reader import ConfigReader
from likewise.models.module import Features, Module
from likewise.models.word_counts import weights_of


class WordWeights(Module):
    """Multiplies each token embedding by a weight of its word, such as the inverse document frequency.

    The mean over tokens that follows divides by the sum of the weights (the feature `token_weights_sum`).

    Args:
        vocab: The words, in the order of the tokenizer's numbers.
        word_weights: Word to weight.
        unknown_word_weight: Weight of words without one.

    Example:
        >>> features = {"input_ids": torch.tensor([[0, 1]]), "token_embeddings": torch.ones(1, 2, 1)}
        >>> features["attention_mask"] = torch.tensor([[1, 1]])
        >>> WordWeights(["cat", "dog"], {"dog": 0.5})(features)["token_embeddings"].tolist()
        [[[1.0], [0.5]]]
    """

    config_keys: ClassVar[list[str]] = ["vocab", "word_weights", "unknown_word_weight"]
    takes_packed: ClassVar[bool] = True

    weights_V: Tensor

    def __init__(self, vocab: Iterable[str], word_weights: Mapping[str, float], unknown_word_weight: float = 1) -> None:
        super().__init__()
        self.vocab = list(vocab)
        if not self.vocab:
            raise InputError("vocab is empty", accepted="at least one word")
        self.word_weights = dict(word_weights)
        self.unknown_word_weight = unknown_word_weight
        weights = weights_of(self.vocab, self.word_weights, unknown_word_weight)
        # Not part of the weights on disk: the settings hold all that is needed to make them again.
        self.register_buffer("weights_V", torch.tensor(weights, dtype=torch.float32), persistent=False)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Replace `token_embeddings` and add `token_weights_sum`.

        Args:
            features: `input_ids`, `token_embeddings` and `attention_mask`, [B, S] and [B, S, D], or `input_ids` [T],
                `token_embeddings` [T, D] and `cu_seqlens`.
            **kwargs: Taken and not used.

        Returns:
            The features with weighted `token_embeddings` (zeros for padding) and `token_weights_sum` float32 [B].

        Raises:
            InputError: If a token is not in the vocabulary.
        """
        del kwargs
        ids = features["input_ids"].long()
        largest = int(ids.max()) if ids.numel() else 0
        if largest >= len(self.vocab):
            raise InputError(
                f"token {largest}, and a vocabulary of {len(self.vocab)} words",
                accepted="WordWeights with the vocabulary of the tokenizer",
            )
        hidden: Tensor = features["token_embeddings"]
        weights = self.weights_V.float()[ids]
        if "cu_seqlens" in features:
            starts = features["cu_seqlens"][:-1].long()
            total = F.embedding_bag(torch.arange(len(ids), device=ids.device), weights[:, None], starts, mode="sum")
            total = total.squeeze(1)
        else:
            weights = weights * (features["attention_mask"] != 0)
            total = weights.sum(1)
        features["token_embeddings"] = hidden * weights.to(hidden.dtype)[..., None]
        features["token_weights_sum"] = total
        return features

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        vocab = config.texts("vocab")
        if not vocab:
            raise config.fail("vocab", vocab, "at least one word")
        return {
            "vocab": vocab,
            "word_weights": config.numbers_by_text("word_weights"),
            "unknown_word_weight": config.number("unknown_word_weight", default=1.0),
        }
