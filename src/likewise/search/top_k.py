"""What is kept: the best k documents of each query, best first, equal scores by the lower document id.

Numpy only. Knows scores and ids; does not know where scores come from.

Legend: Q queries, K documents of a tile, k documents kept, C candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

_WAITING_SHARE = 8  # an eighth of what is kept may wait: thresholds hardly lag, and sorting is rare


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scored pairs of a query and a document of one tile, query by query, the documents of each in order.

    Args:
        queries: Row of the query in its tile, int64.
        documents: Row of the document in its tile, int64.
        scores: Score, float32.
    """

    queries: Ids
    documents: Ids
    scores: Floats


@final
class RunningTopK:
    """The best documents so far of each query of a tile.

    Documents must arrive in the order of their ids: a later one with the score of the last one kept is not better.

    Args:
        queries: Number of queries.
        top_k: Number of documents to keep for each.

    Example:
        >>> best = RunningTopK(1, 2)
        >>> rows, columns = np.zeros(3, np.int64), np.arange(3)
        >>> best.add(Candidates(rows, columns, np.array([1, 3, 3], np.float32)), first_id=10)
        >>> best.ids.tolist(), best.scores.tolist()
        ([[11, 12]], [[3.0, 3.0]])
    """

    def __init__(self, queries: int, top_k: int) -> None:
        self._ids: Ids = np.full((queries, top_k), -1, np.int64)
        self._scores: Floats = np.full((queries, top_k), -np.inf, np.float32)
        self._waiting: list[Candidates] = []
        self._count = 0

    @property
    def top_k(self) -> int:
        """Number of documents that are kept for each query.

        Returns:
            The number, k.
        """
        return int(self._ids.shape[1])

    @property
    def thresholds(self) -> Floats:
        """Scores that a further document must exceed; minus infinity until k documents are there.

        They may lag behind: what was added last is sorted in when there is enough of it.

        Returns:
            Scores, (Q,).
        """
        return self._scores[:, -1]

    @property
    def ids(self) -> Ids:
        """Ids of the documents that are kept, -1 for an empty place.

        Returns:
            Ids, (Q, k), best first.
        """
        self._settle()
        return self._ids

    @property
    def scores(self) -> Floats:
        """Their scores, minus infinity for an empty place.

        Returns:
            Scores, (Q, k), best first.
        """
        self._settle()
        return self._scores

    def add(self, found: Candidates, first_id: int) -> None:
        """Keep the best of what is held and what was found.

        Args:
            found: Candidates of one tile.
            first_id: Id of the tile's first document.
        """
        self._waiting.append(Candidates(found.queries, found.documents + first_id, found.scores))
        self._count += found.queries.size
        if self._count > self._ids.size // _WAITING_SHARE:
            self._settle()

    def _settle(self) -> None:
        """Sort in what waits. Few documents at a time would cost as much as many."""
        found = _joined(self._waiting)
        self._waiting, self._count = [], 0
        if not found.queries.size:
            return
        counts = np.bincount(found.queries)
        affected = np.flatnonzero(counts)
        counts = counts[affected]
        top_k, width = self._ids.shape[1], self._ids.shape[1] + int(counts.max())
        # Held documents first, then those found, in order of their ids: a stable sort leaves equal scores in order.
        negated = np.full((len(affected), width), np.inf, np.float32)
        ids = np.full((len(affected), width), -1, np.int64)
        np.negative(self._scores[affected], out=negated[:, :top_k])
        ids[:, :top_k] = self._ids[affected]
        rows = np.repeat(np.arange(len(affected)), counts)
        columns = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts) + top_k
        negated[rows, columns], ids[rows, columns] = -found.scores, found.documents
        places = np.argsort(negated, axis=1, kind="stable")[:, :top_k]
        places += np.arange(0, negated.size, width)[:, None]
        self._ids[affected] = ids.ravel()[places]
        self._scores[affected] = -negated.ravel()[places]


def _joined(parts: list[Candidates]) -> Candidates:
    """Candidates of several tiles as if they were of one."""
    if len(parts) == 1:
        return parts[0]
    queries = np.concatenate([np.empty(0, np.int64), *(part.queries for part in parts)])
    documents = np.concatenate([np.empty(0, np.int64), *(part.documents for part in parts)])
    scores = np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)])
    order = np.argsort(queries, kind="stable")
    return Candidates(queries[order], documents[order], scores[order])


def best_of_rows(scores_QK: NDArray[np.floating], top_k: int) -> tuple[Ids, Ids]:
    """The places of the k largest scores of each row; of equal scores the leftmost ones.

    Args:
        scores_QK: Scores without NaN, (Q, K).
        top_k: How many to take of each row; all if there are fewer.

    Returns:
        Rows and columns of what was taken, row by row, columns ascending.

    Example:
        >>> best_of_rows(np.array([[1.0, 2.0, 2.0, 2.0]]), 2)
        (array([0, 0]), array([1, 2]))
    """
    columns = scores_QK.shape[1]
    if columns <= top_k:
        every = np.indices(scores_QK.shape, np.int64)
        return every[0].ravel(), every[1].ravel()
    last_Q1 = np.partition(scores_QK, columns - top_k, axis=1)[:, columns - top_k, None]
    taken_QK = scores_QK >= last_Q1
    if np.count_nonzero(taken_QK) > top_k * len(scores_QK):
        better_QK = scores_QK > last_Q1
        equal_QK = taken_QK & ~better_QK
        room_Q1 = top_k - better_QK.sum(1, keepdims=True)
        taken_QK = better_QK | (equal_QK & (equal_QK.cumsum(1) <= room_Q1))
    places = np.nonzero(taken_QK)
    return places[0].astype(np.int64, copy=False), places[1].astype(np.int64, copy=False)
