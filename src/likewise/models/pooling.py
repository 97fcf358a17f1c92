"""Pooling: token embeddings to one vector per text. Knows features and settings; the sums are in `ops.pooling`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.models.arguments import MAX_DIMENSION, checked_choice, checked_integer, one_spelling
from likewise.models.module import Features, Module
from likewise.ops.pooling import POOLING_FUNCTIONS, pool
from likewise.ops.token_layout import PackedTokens, PaddedTokens, Tokens

logger = logging.getLogger(__name__)

MODES = tuple(POOLING_FUNCTIONS)
_FLAGS = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}


class Pooling(Module):
    """Makes one `sentence_embedding` per text from its `token_embeddings`.

    Several modes are put side by side, in the order cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken
    (booleans) or in the order of the list. Padding may be on either side; a text without tokens gets zeros.

    Args:
        word_embedding_dimension: Width of the token embeddings.
        pooling_mode: "cls" (first token), "lasttoken", "max", "mean", "mean_sqrt_len_tokens" (sum divided by the root
            of the length) or "weightedmean" (by place in the text), or a list of them. None: the booleans decide.
        pooling_mode_cls_token: Whether to use the first token.
        pooling_mode_max_tokens: Whether to use the maximum.
        pooling_mode_mean_tokens: Whether to use the mean.
        pooling_mode_mean_sqrt_len_tokens: Whether to use the sum divided by the root of the length.
        pooling_mode_weightedmean_tokens: Whether to use the mean weighted by place.
        pooling_mode_lasttoken: Whether to use the last token.
        include_prompt: Whether the tokens of the prompt count (the feature `prompt_length` says how many they are).
        embedding_dimension: Later name of `word_embedding_dimension`.

    Raises:
        InputError: If there is no mode, or one that does not exist.

    Example:
        >>> features = {"token_embeddings": torch.ones(1, 3, 2), "attention_mask": torch.tensor([[1, 1, 0]])}
        >>> Pooling(2, "mean")(features)["sentence_embedding"]
        tensor([[1., 1.]])
    """

    config_keys: ClassVar[list[str]] = ["word_embedding_dimension", *_FLAGS.values(), "include_prompt"]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        word_embedding_dimension: int | None = None,
        pooling_mode: str | Sequence[str] | None = None,
        pooling_mode_cls_token: bool = False,
        pooling_mode_max_tokens: bool = False,
        pooling_mode_mean_tokens: bool = True,
        pooling_mode_mean_sqrt_len_tokens: bool = False,
        pooling_mode_weightedmean_tokens: bool = False,
        pooling_mode_lasttoken: bool = False,
        include_prompt: bool = True,
        *,
        embedding_dimension: int | None = None,
    ) -> None:
        super().__init__()
        dimension = one_spelling(
            word_embedding_dimension=word_embedding_dimension, embedding_dimension=embedding_dimension
        )
        self.word_embedding_dimension = checked_integer("word_embedding_dimension", dimension)
        self.include_prompt = include_prompt
        flags = {
            "cls": pooling_mode_cls_token,
            "max": pooling_mode_max_tokens,
            "mean": pooling_mode_mean_tokens,
            "mean_sqrt_len_tokens": pooling_mode_mean_sqrt_len_tokens,
            "weightedmean": pooling_mode_weightedmean_tokens,
            "lasttoken": pooling_mode_lasttoken,
        }
        chosen: Sequence[str] = [mode for mode, wanted in flags.items() if wanted]
        if pooling_mode is not None:
            chosen = [pooling_mode] if isinstance(pooling_mode, str) else list(pooling_mode)
        if not chosen:
            raise InputError(
                "no pooling mode", accepted=f"one or more of {', '.join(MODES)}", fix="pooling_mode='mean'"
            )
        self._modes = tuple(checked_choice("pooling_mode", mode, MODES) for mode in chosen)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Add `sentence_embedding`.

        Args:
            features: `token_embeddings` [B, S, D] with `attention_mask` [B, S] (all ones if it is missing), or [T, D]
                with `cu_seqlens`. Optional: `prompt_length` (an integer, or one per text) and `token_weights_sum` [B],
                which stands for the number of tokens where the embeddings carry weights.
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` [B, modes x D].
        """
        del kwargs
        hidden = features["token_embeddings"]
        if hidden.shape[-1] != self.word_embedding_dimension:
            raise ShapeError(
                f"token embeddings of width {hidden.shape[-1]}",
                accepted=f"width {self.word_embedding_dimension}, as Pooling was made for",
                fix=f"Pooling({hidden.shape[-1]}, ...)",
            )
        features["sentence_embedding"] = pool(self._tokens(features), self._modes, features.get("token_weights_sum"))
        return features

    def _tokens(self, features: Features) -> Tokens:
        hidden = features["token_embeddings"]
        skip = None if self.include_prompt else _prompt_length(features.get("prompt_length"), hidden.device)
        if "cu_seqlens" in features:
            return PackedTokens(hidden, features["cu_seqlens"], skip)
        mask = features.get("attention_mask")
        if mask is None:
            mask = torch.ones(hidden.shape[:2], dtype=torch.long, device=hidden.device)
        return PaddedTokens(hidden, mask, skip)

    @property
    def pooling_mode(self) -> str | tuple[str, ...]:
        """The mode, or the modes if there are several."""
        return self._modes[0] if len(self._modes) == 1 else self._modes

    @property
    def pooling_mode_cls_token(self) -> bool:
        """Whether the first token is used."""
        return "cls" in self._modes

    @property
    def pooling_mode_max_tokens(self) -> bool:
        """Whether the maximum is used."""
        return "max" in self._modes

    @property
    def pooling_mode_mean_tokens(self) -> bool:
        """Whether the mean is used."""
        return "mean" in self._modes

    @property
    def pooling_mode_mean_sqrt_len_tokens(self) -> bool:
        """Whether the sum divided by the root of the length is used."""
        return "mean_sqrt_len_tokens" in self._modes

    @property
    def pooling_mode_weightedmean_tokens(self) -> bool:
        """Whether the mean weighted by place is used."""
        return "weightedmean" in self._modes

    @property
    def pooling_mode_lasttoken(self) -> bool:
        """Whether the last token is used."""
        return "lasttoken" in self._modes

    @property
    def embedding_dimension(self) -> int:
        """Later name of `word_embedding_dimension`."""
        return self.word_embedding_dimension

    @property
    def pooling_output_dimension(self) -> int:
        """Width of the sentence embedding."""
        return len(self._modes) * self.word_embedding_dimension

    def get_pooling_mode_str(self) -> str:
        """The modes as one text.

        Returns:
            Such as "mean", or "cls+max".
        """
        return "+".join(self._modes)

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the sentence embedding.

        Returns:
            Modes x width of the token embeddings.
        """
        return self.pooling_output_dimension

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.pooling_output_dimension

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved, as booleans, which every version reads.

        Modes in another than the usual order, or twice, need the list that versions before 5.4 do not read.

        Returns:
            A dictionary of JSON values.
        """
        if self._modes == tuple(mode for mode in MODES if mode in self._modes):
            return super().get_config_dict()
        logger.warning("the pooling modes %s in this order are read by Sentence Transformers 5.4 or later", self._modes)
        return {
            "embedding_dimension": self.word_embedding_dimension,
            "pooling_mode": list(self._modes),
            "include_prompt": self.include_prompt,
        }

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings, in the form of any version.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        names = ("word_embedding_dimension", "embedding_dimension")
        settings: dict[str, Any] = {
            "word_embedding_dimension": config.integer(names, low=1, high=MAX_DIMENSION),
            "include_prompt": config.boolean("include_prompt", default=True),
        }
        for mode, flag in _FLAGS.items():
            settings[flag] = config.boolean(flag, default=mode == "mean" and not _any_flag(config))
        if isinstance(config.data.get("pooling_mode"), str):
            settings["pooling_mode"] = config.text("pooling_mode", choices=MODES)
        elif config.data.get("pooling_mode") is not None:
            settings["pooling_mode"] = _mode_list(config)
        elif not any(settings[flag] for flag in _FLAGS.values()):
            raise config.fail("pooling_mode_*", False, f"at least one of {', '.join(_FLAGS.values())} true")
        return settings

    def __repr__(self) -> str:
        modes = self.get_pooling_mode_str()
        return f"Pooling({self.word_embedding_dimension}, {modes!r}, include_prompt={self.include_prompt})"


def _any_flag(config: ConfigReader) -> bool:
    return any(config.data.get(flag) is True for flag in _FLAGS.values())


def _mode_list(config: ConfigReader) -> list[str]:
    modes = config.texts("pooling_mode")
    if not 0 < len(modes) <= 16 or any(mode not in MODES for mode in modes):
        raise config.fail("pooling_mode", modes, f"one or more of {list(MODES)}")
    return modes


def _prompt_length(value: Any, device: torch.device) -> Tensor | None:
    """The feature as a tensor [B] or [1]; None if there is no prompt."""
    if value is None or (isinstance(value, int) and value <= 0):
        return None
    return torch.as_tensor(value, device=device).reshape(-1)
