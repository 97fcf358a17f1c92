"""Texts end to end: the packed batch, and what can be derived from its lengths. Knows no weights.

Legend: T tokens of the batch, B texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
import torch
from torch import Tensor


@final
@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring texts of one length, which attention can treat as one padded-free block.

    Args:
        start: First token.
        texts: How many texts.
        length: Tokens of each.
    """

    start: int
    texts: int
    length: int

    @property
    def stop(self) -> int:
        """One past the last token."""
        return self.start + self.texts * self.length


@final
@dataclass(frozen=True, slots=True)
class PackedBatch:
    """Token ids of a batch, without padding.

    Args:
        input_ids: int64 [T].
        lengths: int64 [B] on the CPU (numpy).
        cu_seqlens: int32 [B + 1] on the device: where each text starts, and T.
        position: int64 [T]: place of each token within its text.
        token_type: int64 [T], or None where all are 0.
        runs: Texts grouped by neighbouring equal lengths.
    """

    input_ids: Tensor
    lengths: np.ndarray
    cu_seqlens: Tensor
    position: Tensor
    token_type: Tensor | None
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, input_ids: Tensor, lengths: np.ndarray, token_type: Tensor | None = None) -> PackedBatch:
        """Derive what the forward needs from ids and lengths.

        Args:
            input_ids: int64 [T], on the device.
            lengths: int64 [B].
            token_type: int64 [T] or None.

        Returns:
            The batch.
        """
        starts = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        position = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        device = input_ids.device
        return cls(
            input_ids=input_ids,
            lengths=lengths,
            cu_seqlens=torch.from_numpy(starts.astype(np.int32)).to(device, non_blocking=True),
            position=torch.from_numpy(position).to(device, non_blocking=True),
            token_type=token_type,
            runs=_runs(lengths, starts),
        )

    def position_without(self, token: int) -> Tensor:
        """Place of each token within its text, one kind of token not counted.

        Args:
            token: Id of that token, which gets -1.

        Returns:
            int64 [T].
        """
        counted_T = self.input_ids != token
        if not self.input_ids.is_cuda and bool(counted_T.all()):
            return self.position
        before_T = counted_T.cumsum(0) - counted_T.long()
        # What was counted before a text begins; empty texts at the end begin behind the last token.
        starts_B = self.cu_seqlens[:-1].long().clamp(max=max(len(before_T) - 1, 0))
        lengths_B = self.cu_seqlens.diff().long()
        offset_T = torch.repeat_interleave(before_T[starts_B], lengths_B, output_size=len(before_T))
        return torch.where(counted_T, before_T - offset_T, -1)

    @property
    def longest(self) -> int:
        """Tokens of the longest text."""
        return int(self.lengths.max(initial=0))


def _runs(lengths: np.ndarray, starts: np.ndarray) -> tuple[Run, ...]:
    if not len(lengths):
        return ()
    edges = [0, *(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(lengths)]
    return tuple(
        Run(int(starts[first]), last - first, int(lengths[first])) for first, last in pairwise(edges) if lengths[first]
    )
