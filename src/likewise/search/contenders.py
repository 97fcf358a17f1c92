"""The other rows that may be among the k nearest of each row of a block, as far as limits of their scores tell.

A row's k-th largest lower limit is reached by k others, so what may not reach it is none of the k nearest, and goes.
Memory: 12 bytes for each of about 2.5 k others of a row at most, if the owner has those that are `crowded` settled.
Does not know where limits come from.

Legend: R rows of the block, C pairs of a row and another one.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.search.guesses import Guesses, joined
from likewise.search.row_order import kth_largest, largest_of_each_row
from likewise.search.top_k import Floats, Ids

_ROOM_SHARE = 2  # half of what is kept may come in before the lists are shortened
_PARTS = 64  # so many that come in are put together, however small they are
_CROWD = 2  # times k: so many others of a row, on the average, are a crowd


@final
class Contenders:
    """Lists of other rows, one for each row of a block.

    Args:
        rows: Number of rows, R.
        top_k: How many nearest ones are looked for.

    Example:
        >>> lists = Contenders(rows=1, top_k=1)
        >>> values = np.array([0.1, 0.5, 0.3], np.float32)
        >>> lists.add(Guesses(np.zeros(3, np.int64), np.array([7, 8, 9]), values, values + np.float32(0.2)))
        >>> lists.at_least(0.0).documents.tolist()
        [8, 9]
    """

    def __init__(self, rows: int, top_k: int) -> None:
        self._top_k = top_k
        self._lows_R: Floats = np.full(rows, -np.inf, np.float32)
        self._counts_R = np.zeros(rows, np.int64)
        self._ids = np.empty(0, np.int32)  # of all rows, one after the other, as are their limits
        self._lows, self._highs = np.empty(0, np.float32), np.empty(0, np.float32)
        self._waiting: list[Guesses] = []
        self._count = 0

    @property
    def lows(self) -> Floats:
        """Scores that k others of each row reach surely, minus infinity where there are not as many; they may lag.

        Returns:
            Scores, (R,).
        """
        return self._lows_R

    @property
    def crowded(self) -> bool:
        """Whether there are so many that those of crowded rows should be settled.

        Returns:
            True if so.
        """
        return len(self._ids) > _CROWD * self._top_k * len(self._counts_R)

    def add(self, found: Guesses) -> None:
        """Take in others, each of them once.

        Args:
            found: Rows of the block as `queries`, ids of other rows as `documents`.
        """
        self._waiting.append(
            Guesses(found.queries.astype(np.int32), found.documents.astype(np.int32), found.lows, found.highs)
        )
        self._count += len(found.lows)
        if self._count > len(self._counts_R) * self._top_k // _ROOM_SHARE:
            self._shorten()
        elif len(self._waiting) > _PARTS:
            self._waiting = [joined(self._waiting)]

    def at_least(self, floor: float) -> Guesses:
        """Those that may reach a score, and be among the k nearest.

        Args:
            floor: The score.

        Returns:
            Rows of the block as `queries`, in order; int32.
        """
        self._shorten()
        return self._some(self._highs >= np.float32(floor))

    def best_lows(self, floor: float) -> Floats:
        """The k largest lower limits of each row.

        Args:
            floor: A score; smaller limits are left out.

        Returns:
            Limits in no order.
        """
        found = self.at_least(floor)
        return largest_of_each_row(found.queries, found.lows, len(self._counts_R), self._top_k)

    def crowd(self) -> Guesses:
        """The others of those rows that have more than k.

        Returns:
            Rows of the block as `queries`, in order; int32.
        """
        return self._some(self._row_counts() > self._top_k)

    def settle(self, found: Guesses) -> None:
        """Put others in the place of all those that `crowd` gave.

        Args:
            found: As for `add`.
        """
        self._hold(joined([self._some(self._row_counts() <= self._top_k), found]))

    def _shorten(self) -> None:
        if self._waiting:
            parts, self._waiting, self._count = self._waiting, [], 0
            self._hold(joined([self._some(np.ones(len(self._ids), np.bool_)), *parts]))

    def _row_counts(self) -> Ids:
        """For each that is held, how many its row has."""
        return np.repeat(self._counts_R, self._counts_R)

    def _some(self, which: NDArray[np.bool_]) -> Guesses:
        rows = np.repeat(np.arange(len(self._counts_R), dtype=np.int32), self._counts_R)
        return Guesses(rows[which], self._ids[which], self._lows[which], self._highs[which])

    def _hold(self, found: Guesses) -> None:
        kth_R = kth_largest(found.queries, found.lows, len(self._lows_R), self._top_k)
        self._lows_R = np.maximum(self._lows_R, kth_R)
        left = np.flatnonzero(found.highs >= self._lows_R[found.queries])
        left = left[np.argsort(found.queries[left], kind="stable")]
        self._counts_R = np.bincount(found.queries[left], minlength=len(self._lows_R))
        self._ids = found.documents[left].astype(np.int32, copy=False)
        self._lows, self._highs = found.lows[left], found.highs[left]
