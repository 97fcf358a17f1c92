"""A pipeline without a model: deterministic embeddings from the checksums of words. For tests, and to try the loop out.

Legend: B inputs, S padded length, T tokens of the batch without padding, D dimension.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, final

import numpy as np
import torch

from likewise.models.module import Features, Prepared
from likewise.ops.packing import cumulative_lengths, padded_features

_BUCKETS = 2**20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HashPipeline:
    """Embeds a text as the mean over fixed vectors of its words; a pair as the text of both.

    Args:
        dimension: Width of the embeddings.
        max_length: Most words of an input that are read; None is no limit.
        packed: Whether batches are packed instead of padded.
        dtype: Type of the embeddings.

    Example:
        >>> from likewise.encoding.encode import encode
        >>> a, b = encode(HashPipeline(), ["red fox", "fox red"])
        >>> bool((a == b).all())
        True
    """

    dimension: int = 4
    max_length: int | None = None
    packed: bool = False
    dtype: torch.dtype = torch.float32

    def prepare(self, inputs: Sequence[Any], *, prompt: str, task: str | None) -> Prepared:
        """Turn words into numbers.

        Args:
            inputs: Texts or pairs of texts.
            prompt: Text put before each input.
            task: Becomes a word before each input, if given.

        Returns:
            The numbers.
        """
        start = f"{task}: {prompt}" if task else prompt
        words = [(start + (text if isinstance(text, str) else " ".join(text))).split() for text in inputs]
        rows = [np.array([zlib.crc32(word.encode()) % _BUCKETS for word in row], dtype=np.int64) for row in words]
        sizes = np.array([len(row) for row in rows], dtype=np.int64)
        limit = self.max_length if self.max_length is not None else max(sizes, default=0)
        return Prepared(
            rows=[row[:limit] for row in rows],
            sizes=np.minimum(sizes, limit),
            truncated=sizes > limit,
            packed=self.packed,
        )

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Pack or pad the numbers of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            int64 `input_ids` [T] with `cu_seqlens`, or [B, S] with `attention_mask`.
        """
        rows = [cast("np.ndarray", prepared.rows[at]) for at in indices]
        features: Features = {
            "input_ids": torch.from_numpy(np.concatenate(rows)),
            "cu_seqlens": cumulative_lengths(torch.tensor([len(row) for row in rows])),
            "max_seqlen": max(map(len, rows)),
        }
        return features if self.packed else padded_features(features)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Embed words, and take their mean.

        Args:
            features: One batch.
            **kwargs: `scale` multiplies the embeddings.

        Returns:
            The features with `token_embeddings` and `sentence_embedding` added.
        """
        frequencies_D = torch.arange(1, self.dimension + 1, dtype=torch.float64)
        tokens = torch.sin(features["input_ids"][..., None] * frequencies_D) * kwargs.get("scale", 1.0)
        if "cu_seqlens" in features:
            sizes_B = features["cu_seqlens"].diff().long()
            total_BD = torch.segment_reduce(tokens, "sum", lengths=sizes_B, initial=0.0)
        else:
            mask_BS = features["attention_mask"]
            sizes_B, total_BD = mask_BS.sum(1), (tokens * mask_BS[..., None]).sum(1)
        mean_BD = total_BD / sizes_B.clamp_min(1)[:, None]
        return {
            **features,
            "token_embeddings": tokens.to(self.dtype),
            "sentence_embedding": mean_BD.to(self.dtype),
        }

    def accepts(self, value: object) -> bool:
        """Whether an input is a text or a pair of texts.

        Args:
            value: The input.

        Returns:
            Whether it is.
        """
        if isinstance(value, list | tuple):
            return len(value) == 2 and all(isinstance(part, str) for part in value)
        return isinstance(value, str)

    def to(self, device: str | torch.device) -> None:
        """Do nothing: there is nothing to move.

        Args:
            device: Not used.
        """

    @property
    def device(self) -> torch.device:
        """The CPU."""
        return torch.device("cpu")
