"""The tokens of a batch behind one set of reductions, padded or packed. Knows no pooling mode.

Legend: B sequences, S padded length, T tokens of the batch without padding, D dimension.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.errors import ShapeError
from likewise.ops.packing import sequence_index


def accumulation_dtype(dtype: torch.dtype) -> torch.dtype:
    """The type in which sums over tokens are taken: half-precision sums lose small addends.

    Args:
        dtype: The type of the token embeddings.

    Returns:
        float32 for 16-bit types, else the type itself.

    Example:
        >>> accumulation_dtype(torch.bfloat16)
        torch.float32
    """
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


class Tokens(ABC):
    """Token embeddings of a batch, with what every pooling is made of.

    A token counts unless it is padding or among the first `skip_B` of its sequence (the prompt).
    """

    dtype: torch.dtype

    @abstractmethod
    def counts(self) -> Tensor:
        """How many tokens count.

        Returns:
            int64 [B].
        """

    @abstractmethod
    def total(self, *, by_position: bool = False) -> Tensor:
        """Sum the tokens that count.

        Args:
            by_position: Whether each is first multiplied by its place in the sequence (1, 2, ...; skipped tokens have
                places, padding has none).

        Returns:
            [B, D] in `accumulation_dtype`; 0 where no token counts.
        """

    @abstractmethod
    def position_sum(self) -> Tensor:
        """Sum of the places of the tokens that count.

        Returns:
            float32 [B].
        """

    @abstractmethod
    def maximum(self) -> Tensor:
        """Largest value over the tokens that count.

        Returns:
            [B, D]; 0 where no token counts.
        """

    @abstractmethod
    def first(self) -> Tensor:
        """The first token that counts.

        Returns:
            [B, D]; 0 where no token counts.
        """

    @abstractmethod
    def last(self) -> Tensor:
        """The last token that counts.

        Returns:
            [B, D]; 0 where no token counts.
        """


@final
class PaddedTokens(Tokens):
    """Tokens of padded sequences; the padding may be on either side.

    Args:
        hidden_BSD: Token embeddings.
        mask_BS: Not 0 where there is a token.
        skip_B: Integer [B] or [1], leading tokens of each sequence that do not count; None is none.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:
        >>> PaddedTokens(torch.tensor([[[0.0], [5.0], [7.0]]]), torch.tensor([[0, 1, 1]])).first()
        tensor([[5.]])
    """

    def __init__(self, hidden_BSD: Tensor, mask_BS: Tensor, skip_B: Tensor | None = None) -> None:
        if hidden_BSD.dim() != 3 or mask_BS.shape != hidden_BSD.shape[:2]:
            raise ShapeError(
                f"token embeddings {tuple(hidden_BSD.shape)} with a mask {tuple(mask_BS.shape)}",
                accepted="token embeddings [B, S, D] and a mask [B, S]",
            )
        self.dtype = hidden_BSD.dtype
        self._hidden_BSD = hidden_BSD
        present_BS = mask_BS != 0
        self._position_BS = present_BS.cumsum(1)
        self._counts_BS = present_BS if skip_B is None else present_BS & (self._position_BS > skip_B[:, None])

    def counts(self) -> Tensor:
        """See `Tokens`."""
        return self._counts_BS.sum(1)

    def total(self, *, by_position: bool = False) -> Tensor:
        """See `Tokens`."""
        dtype = accumulation_dtype(self.dtype)
        weight_BS = (self._position_BS * self._counts_BS if by_position else self._counts_BS).to(dtype)
        return (self._hidden_BSD.to(dtype) * weight_BS[:, :, None]).sum(1)

    def position_sum(self) -> Tensor:
        """See `Tokens`."""
        return (self._position_BS * self._counts_BS).sum(1).float()

    def maximum(self) -> Tensor:
        """See `Tokens`."""
        counts_BS1 = self._counts_BS[:, :, None]
        if not self._hidden_BSD.shape[1]:
            return self._hidden_BSD.sum(1)
        highest_BD = self._hidden_BSD.masked_fill(~counts_BS1, -torch.inf).amax(1)
        return highest_BD.masked_fill(~counts_BS1.any(1), 0.0)

    def first(self) -> Tensor:
        """See `Tokens`."""
        return self._gather(self._counts_BS.long())

    def last(self) -> Tensor:
        """See `Tokens`."""
        return self._gather(self._position_BS * self._counts_BS)

    def _gather(self, score_BS: Tensor) -> Tensor:
        """The embedding where the score is highest (the first such), 0 where all scores are 0."""
        if not score_BS.shape[1]:
            return self._hidden_BSD.sum(1)
        at_B = score_BS.argmax(1)
        found_BD = self._hidden_BSD[torch.arange(len(at_B), device=at_B.device), at_B]
        return found_BD.masked_fill(~self._counts_BS.any(1)[:, None], 0.0)


@final
class PackedTokens(Tokens):
    """Tokens of packed sequences.

    Args:
        hidden_TD: Token embeddings.
        cu_seqlens: Integer [B + 1], where the sequences begin, and T.
        skip_B: Integer [B] or [1], leading tokens of each sequence that do not count; None is none.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:
        >>> PackedTokens(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([0, 2, 3])).total()
        tensor([[3.],
                [5.]])
    """

    def __init__(self, hidden_TD: Tensor, cu_seqlens: Tensor, skip_B: Tensor | None = None) -> None:
        if hidden_TD.dim() != 2 or cu_seqlens.dim() != 1 or not len(cu_seqlens):
            raise ShapeError(
                f"token embeddings {tuple(hidden_TD.shape)} with cu_seqlens {tuple(cu_seqlens.shape)}",
                accepted="token embeddings [T, D] and cu_seqlens [B + 1]",
            )
        self.dtype = hidden_TD.dtype
        self._hidden_TD = hidden_TD
        self._start_B = cu_seqlens[:-1].long()
        self._lengths_B = cu_seqlens.diff().long()
        self._skips = skip_B is not None
        self._skip_B = (
            torch.zeros_like(self._lengths_B)
            if skip_B is None
            else torch.minimum(skip_B.long().expand_as(self._lengths_B), self._lengths_B)
        )
        self._cu_seqlens = cu_seqlens

    def counts(self) -> Tensor:
        """See `Tokens`."""
        return self._lengths_B - self._skip_B if self._skips else self._lengths_B

    def total(self, *, by_position: bool = False) -> Tensor:
        """See `Tokens`."""
        hidden_TD = self._hidden_TD.to(accumulation_dtype(self.dtype))
        position_T = self._positions() if by_position or self._skips else None
        weight_T = None
        if position_T is not None:
            counts_T = position_T > self._skip_B[self._rows()]
            weight_T = (position_T * counts_T if by_position else counts_T).to(hidden_TD.dtype)
        # An embedding bag is a segment sum that is faster than index_add, and exact and deterministic on every device.
        index_T = torch.arange(len(hidden_TD), device=hidden_TD.device)
        return F.embedding_bag(index_T, hidden_TD, self._start_B, mode="sum", per_sample_weights=weight_T)

    def position_sum(self) -> Tensor:
        """See `Tokens`."""
        every_B = self._lengths_B * (self._lengths_B + 1)
        skipped_B = self._skip_B * (self._skip_B + 1)
        return ((every_B - skipped_B) // 2).float()

    def maximum(self) -> Tensor:
        """See `Tokens`."""
        hidden_TD = self._hidden_TD
        if self._skips:
            skipped_T = self._positions() <= self._skip_B[self._rows()]
            hidden_TD = hidden_TD.masked_fill(skipped_T[:, None], -torch.inf)
        empty_BD = hidden_TD.new_zeros((len(self._lengths_B), hidden_TD.shape[1]))
        row_TD = self._rows()[:, None].expand_as(hidden_TD)
        highest_BD = empty_BD.scatter_reduce(0, row_TD, hidden_TD, "amax", include_self=False)
        return highest_BD.masked_fill((self.counts() == 0)[:, None], 0.0)

    def first(self) -> Tensor:
        """See `Tokens`."""
        return self._gather(self._start_B + self._skip_B)

    def last(self) -> Tensor:
        """See `Tokens`."""
        return self._gather(self._start_B + self._lengths_B - 1)

    def _rows(self) -> Tensor:
        """int64 [T], the sequence of each token: not needed by the modes that most models use."""
        return sequence_index(self._cu_seqlens, len(self._hidden_TD))

    def _positions(self) -> Tensor:
        row_T = self._rows()
        return torch.arange(len(row_T), device=row_T.device) - self._start_B[row_T] + 1

    def _gather(self, at_B: Tensor) -> Tensor:
        total = len(self._hidden_TD)
        if not total:
            return self._hidden_TD.new_zeros((len(at_B), self._hidden_TD.shape[1]))
        found_BD = self._hidden_TD[at_B.clamp(0, total - 1)]
        return found_BD.masked_fill((self.counts() == 0)[:, None], 0.0)
