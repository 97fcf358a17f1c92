"""All rows of one set that are at least so similar to a row: how many, for every row, and which, for some.

Rows are compared once, half of the pairs standing for all. The pairs that were found are kept while they are few; else
the neighbours of a row are looked for again among the rows that still matter. Memory: 8 bytes for a row, a tile of
scores, and at most `_PAIRS` pairs. Does not know what becomes of the neighbours.

Legend: N rows, B rows of a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.search.backend import Backend
from likewise.search.measure import Block, Measure
from likewise.search.pairs_reaching import pairs_reaching, scores_between
from likewise.search.rows import some_rows
from likewise.search.scorer import load_block
from likewise.search.top_k import Floats, Ids

_PAIRS = 2**22
_NAME = "embeddings"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How rows are compared.

    Args:
        rows: Embeddings, (N, dim).
        measure: A similarity function that is the same either way.
        ops: The library that holds the matrices.
        threshold: The least score of neighbours.
        block: Rows of each side that meet at a time.
        pairs: Most pairs to hold at a time.
    """

    rows: Any
    measure: Measure
    ops: Backend
    threshold: float
    block: int
    pairs: int = _PAIRS

    def load(self, start: int, stop: int) -> Block:
        """Some rows in sequence, checked.

        Args:
            start: The first.
            stop: The one after the last, which may be beyond the end.

        Returns:
            The rows.
        """
        return load_block(self.ops, self.rows, start, min(stop, len(self.rows)), _NAME)

    def pick(self, numbers: Ids) -> Block:
        """Some rows by number.

        Args:
            numbers: Which.

        Returns:
            The rows.
        """
        return load_block(self.ops, some_rows(self.rows, numbers), 0, len(numbers), _NAME)

    def reaching(self, left: Block, right: Block) -> tuple[Ids, Ids]:
        """The pairs of two blocks that are neighbours.

        Args:
            left: Rows of one side.
            right: Rows of the other.

        Returns:
            Rows of the left and of the right side, by left row.
        """
        return pairs_reaching(self.measure, self.ops, left, right, self.threshold)

    def scores(self, one: int, others: Ids) -> Floats:
        """Scores of one row with others.

        Args:
            one: The row.
            others: The others, (n,).

        Returns:
            Scores, (n,).
        """
        left, step = self.pick(np.array([one])), self.block
        parts = [self.pick(others[start : start + step]) for start in range(0, len(others), step)]
        return np.concatenate([scores_between(self.measure, self.ops, left, part)[0] for part in parts])


@final
class Neighbourhoods:
    """The neighbours of each row; a row is its own neighbour, unless its similarity to itself is too low.

    Args:
        comparison: How rows are compared.
        progress: Wraps the numbers of the blocks, and may show how far it is.

    Raises:
        InputError: If rows are NaN or infinite.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> rows = np.array([[1.0], [2.0], [3.0]])
        >>> comparison = Comparison(rows=rows, measure=Dot(), ops=NumpyBackend(), threshold=3.0, block=2)
        >>> around = Neighbourhoods(comparison)
        >>> around.counts.tolist(), [ids.tolist() for centre, ids in around.each(np.array([1]), np.zeros(3, bool))]
        ([1, 2, 3], [[1, 2]])
    """

    def __init__(self, comparison: Comparison, progress: Callable[[range], Any] = lambda blocks: blocks) -> None:
        self._comparison = comparison
        total = len(comparison.rows)
        self.counts: NDArray[np.int64] = np.zeros(total, np.int64)
        # A pair (i, j) with i <= j is held as i * N + j; None when there are too many.
        self._pairs: list[NDArray[np.int64]] | None = []
        self._held = 0
        for start in progress(range(0, total, comparison.block)):
            left = comparison.load(start, start + comparison.block)
            for first in range(start, total, comparison.block):
                right = left if first == start else comparison.load(first, first + comparison.block)
                self._count(start, first, *comparison.reaching(left, right))

    def each(self, centres: Ids, gone: NDArray[np.bool_]) -> Iterator[tuple[int, Ids]]:
        """The neighbours of some rows.

        Args:
            centres: The rows, in the order in which they are wanted.
            gone: Rows that do not matter any more, (N,). It may change meanwhile.

        Yields:
            (row, ids of its neighbours, ascending): all that matter, perhaps others, too. Centres that are gone may be
            left out.
        """
        if self._pairs is None:
            yield from self._each_anew(centres, gone)
            return
        keys = self._keys(centres)
        total = len(self.counts)
        ends = np.searchsorted(keys, np.stack([centres, centres + 1]) * total)
        for centre, first, last in zip(centres.tolist(), *ends.tolist(), strict=True):
            yield centre, keys[first:last] - centre * total

    def _count(self, start: int, first: int, rows: Ids, columns: Ids) -> None:
        comparison = self._comparison
        counts = np.bincount(rows, minlength=1)
        self.counts[start : start + len(counts)] += counts
        if first != start:
            counts = np.bincount(columns, minlength=1)
            self.counts[first : first + len(counts)] += counts
        if self._pairs is None or not rows.size:
            return
        keys = (rows + start) * len(self.counts) + columns + first
        self._pairs.append(keys if first != start else keys[rows <= columns])
        self._held += len(self._pairs[-1])
        if self._held > comparison.pairs:
            self._pairs = None

    def _keys(self, centres: Ids) -> NDArray[np.int64]:
        """Centre and neighbour of all pairs in one number, ascending."""
        total = len(self.counts)
        wanted = np.zeros(total, np.bool_)
        wanted[centres] = True
        parts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        for keys in self._pairs or ():
            rows, columns = np.divmod(keys, total)
            parts.append(keys[wanted[rows]])
            turned = wanted[columns] & (rows != columns)
            parts.append(columns[turned] * total + rows[turned])
        joined = np.concatenate(parts)
        joined.sort()
        return joined

    def _each_anew(self, centres: Ids, gone: NDArray[np.bool_]) -> Iterator[tuple[int, Ids]]:
        comparison = self._comparison
        while (centres := centres[~gone[centres]]).size:
            left_over = np.flatnonzero(~gone)
            most = max(1, comparison.pairs // max(1, min(len(left_over), int(self.counts[centres[0]]))))
            some = min(comparison.block, most)
            yield from self._among(centres[:some], left_over)
            centres = centres[some:]

    def _among(self, centres: Ids, others: Ids) -> Iterator[tuple[int, Ids]]:
        comparison = self._comparison
        left, found = comparison.pick(centres), [(np.empty(0, np.int64), np.empty(0, np.int64))]
        for start in range(0, len(others), comparison.block):
            rows, columns = comparison.reaching(left, comparison.pick(others[start : start + comparison.block]))
            found.append((rows, others[start + columns]))
        rows, ids = (np.concatenate(side) for side in zip(*found, strict=True))
        order = np.argsort(rows, kind="stable")
        ends = np.searchsorted(rows[order], np.arange(len(centres) + 1))
        for number, centre in enumerate(centres.tolist()):
            yield centre, ids[order[ends[number] : ends[number + 1]]]
