"""The documents of one portion that may be among the k best of some queries: found fast, and scored exactly once.

A fast score says between which limits the exact one lies. What lies below the lower limits of k others cannot be among
the k best; only what is left at the end of the portion is scored exactly. Memory: in the order of k documents for each
query. Does not know similarity functions; reads the rows of what is left again.

Legend: Q queries, k documents kept, C documents on the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.search.guesses import Guesses, joined
from likewise.search.measure import Block
from likewise.search.row_order import best_of_each_row, kth_largest
from likewise.search.scorer import MeasureScorer
from likewise.search.top_k import Candidates, RunningTopK

_ROOM_SHARE = 2  # half of what is kept may come in before the list is shortened
_CROWD = 64


@dataclass(frozen=True, slots=True)
class Portion:
    """Some documents, of which tiles are compared with queries.

    Args:
        rows: Rows, (documents, dim), of whatever the scorer loads.
        first_id: Id of the first of them; the others count on from it.
        name: The argument's name, for messages.
    """

    rows: Any
    first_id: int
    name: str


@final
class Shortlist:
    """Compares queries with the documents of a portion, tile by tile, in order.

    Args:
        scorer: Scores tiles and pairs.
        queries: The queries, Q of them.
        portion: The documents.
        kept: The best documents of these queries so far; gets the best of this portion at the end.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> scorer, kept, rows = MeasureScorer(Dot(), NumpyBackend()), RunningTopK(1, 1), np.float32([[1], [3], [2]])
        >>> shortlist = Shortlist(scorer, scorer.load(rows, 0, 1, "q"), Portion(rows, first_id=10, name="d"), kept)
        >>> shortlist.add(scorer.load(rows, 0, 3, "d"), start=0)
        >>> shortlist.finish()
        >>> kept.ids.tolist(), kept.scores.tolist()
        ([[11]], [[3.0]])
    """

    def __init__(self, scorer: MeasureScorer, queries: Block, portion: Portion, kept: RunningTopK) -> None:
        self._scorer, self._queries, self._portion, self._kept = scorer, queries, portion, kept
        self._lows_Q = scorer.levels(queries, kept.thresholds)
        self._held = _nothing()
        self._waiting: list[Guesses] = []
        self._count = 0

    def __len__(self) -> int:
        """Number of documents on the list, of all queries together."""
        return self._held.queries.size + self._count

    def add(self, documents: Block, start: int) -> None:
        """Compare the queries with a tile of documents.

        Args:
            documents: The tile.
            start: Its first row in the portion.

        Raises:
            InputError: If a score is NaN or infinite.
        """
        kept, queries = self._kept, self._queries
        found = self._scorer.guess(queries, documents, self._lows_Q, kept.top_k)
        if found is None:
            self.finish()
            self._keep(self._scorer.best(queries, documents, kept.top_k), start)
            return
        self._waiting.append(Guesses(found.queries, found.documents + start, found.lows, found.highs))
        self._count += found.queries.size
        if self._count > len(self._lows_Q) * kept.top_k // _ROOM_SHARE:
            self._shorten()
            if np.bincount(self._held.queries).max(initial=0) > 4 * kept.top_k + _CROWD:
                self.finish()

    def finish(self) -> None:
        """Score exactly what is on the list, and keep the best.

        Raises:
            InputError: If a score is NaN or infinite.
        """
        self._shorten()
        held, self._held = self._held, _nothing()
        if not held.queries.size:
            return
        portion = self._portion
        scores_C = self._scorer.scores_of(self._queries, portion.rows, (held.queries, held.documents), portion.name)
        best = best_of_each_row(held.queries, scores_C, self._kept.top_k)
        self._keep(Candidates(held.queries[best], held.documents[best], scores_C[best]), 0)

    def _keep(self, found: Candidates, start: int) -> None:
        self._kept.add(found, self._portion.first_id + start)
        levels_Q = self._scorer.levels(self._queries, self._kept.scores[:, -1])
        self._lows_Q = np.maximum(self._lows_Q, levels_Q)

    def _shorten(self) -> None:
        held = joined([self._held, *self._waiting])
        self._waiting, self._count = [], 0
        kth_Q = kth_largest(held.queries, held.lows, len(self._lows_Q), self._kept.top_k)
        self._lows_Q = np.maximum(self._lows_Q, kth_Q)
        left = np.flatnonzero(held.highs >= self._lows_Q[held.queries])
        self._held = Guesses(held.queries[left], held.documents[left], held.lows[left], held.highs[left])


def _nothing() -> Guesses:
    no_places, no_values = np.empty(0, np.int64), np.empty(0, np.float32)
    return Guesses(no_places, no_places, no_values, no_values)
