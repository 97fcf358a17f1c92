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


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scored pairs of a query and a document of one tile.

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
        self.ids: Ids = np.full((queries, top_k), -1, np.int64)
        self.scores: Floats = np.full((queries, top_k), -np.inf, np.float32)

    @property
    def thresholds(self) -> Floats:
        """The score that a further document must exceed; minus infinity until k documents are there.

        Returns:
            Scores, (Q,).
        """
        return self.scores[:, -1]

    def add(self, found: Candidates, first_id: int) -> None:
        """Keep the best of what is held and what was found.

        Args:
            found: Candidates of one tile.
            first_id: Id of the tile's first document.
        """
        if not found.queries.size:
            return
        affected = np.unique(found.queries)
        top_k = self.ids.shape[1]
        queries = np.concatenate([np.repeat(affected, top_k), found.queries])
        ids = np.concatenate([self.ids[affected].ravel(), found.documents + first_id])
        scores = np.concatenate([self.scores[affected].ravel(), found.scores])
        # An empty place has a score of minus infinity, which no document has, so it sorts behind all documents.
        order = np.lexsort((ids, -scores, queries))
        queries, ids, scores = queries[order], ids[order], scores[order]
        starts = np.searchsorted(queries, affected)
        places = starts[:, None] + np.arange(top_k)
        self.ids[affected], self.scores[affected] = ids[places], scores[places]


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
