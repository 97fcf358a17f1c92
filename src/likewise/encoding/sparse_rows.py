"""Rows of which only the entries that are not zero are held. Knows tensors on the CPU, no model and no batches.

Legend: N rows, V dimensions, Z entries that are not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

import numpy as np
import torch
from torch import Tensor

from likewise.models.word_cache import spans


@final
@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows end to end, as their entries that are not zero.

    Args:
        counts: int64 [N], entries of each row.
        columns: int64 [Z], ascending within a row.
        values: float [Z].
        width: V.

    Example:
        >>> rows = SparseRows.of(torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))
        >>> rows.counts, rows.columns, rows.values
        (array([1, 2]), array([1, 0, 2]), array([2., 1., 3.], dtype=float32))
        >>> rows.take(np.array([1, 0])).tensor().to_dense()
        tensor([[1., 0., 3.],
                [0., 2., 0.]])
    """

    counts: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    width: int

    @classmethod
    def of(cls, rows_NV: Tensor) -> Self:
        """Take the entries of a dense tensor.

        Args:
            rows_NV: float [N, V], on any device.

        Returns:
            Its rows.
        """
        present_NV = rows_NV != 0
        counts = present_NV.sum(1).cpu().numpy()
        columns = present_NV.nonzero()[:, 1]
        return cls(counts, columns.cpu().numpy(), rows_NV[present_NV].cpu().numpy(), rows_NV.shape[1])

    @classmethod
    def join(cls, parts: Sequence[SparseRows], width: int = 0) -> Self:
        """Put rows end to end.

        Args:
            parts: Rows of one width.
            width: V, where there are no parts.

        Returns:
            All rows.
        """
        if not parts:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, np.zeros(0, dtype=np.float32), width)
        counts, columns, values = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("counts", "columns", "values")
        )
        return cls(counts, columns, values, parts[0].width)

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, which: np.ndarray) -> SparseRows:
        """Take some rows.

        Args:
            which: int64 [n], the rows, in the order in which they are wanted; a row may be wanted several times.

        Returns:
            n rows.
        """
        starts = np.cumsum(self.counts) - self.counts
        counts = self.counts[which]
        at = spans(starts[which], counts)
        return SparseRows(counts, self.columns[at], self.values[at], self.width)

    def tensor(self) -> Tensor:
        """The rows as a tensor.

        Returns:
            [N, V], `torch.sparse_coo`, coalesced.
        """
        rows = np.repeat(np.arange(len(self.counts)), self.counts)
        indices = torch.from_numpy(np.stack([rows, self.columns]))
        size = (len(self.counts), self.width)
        return torch.sparse_coo_tensor(
            indices, torch.from_numpy(self.values), size, is_coalesced=True, check_invariants=False
        )

    def vectors(self) -> list[Tensor]:
        """The rows one by one.

        Returns:
            N tensors [V], `torch.sparse_coo`, coalesced, none of which holds on to another's memory.
        """
        ends = np.cumsum(self.counts)
        return [
            torch.sparse_coo_tensor(
                torch.from_numpy(self.columns[None, end - count : end].copy()),
                torch.from_numpy(self.values[end - count : end].copy()),
                (self.width,),
                is_coalesced=True,
                check_invariants=False,
            )
            for end, count in zip(ends.tolist(), self.counts.tolist(), strict=True)
        ]
