"""From rows of an engine to hits. Knows no engine.

Legend: Q queries, C rows found of each, k hits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.index.protocol import NOTHING, Hits, Ids


def as_hits(ids: Ids, rows_QC: Ids, scores_QC: NDArray[np.floating], top_k: int) -> Hits:
    """Put what was found in order, and fill up.

    Args:
        ids: Id of each row of the engine.
        rows_QC: Rows, (Q, C), -1 for none.
        scores_QC: Their scores, (Q, C).
        top_k: Hits for each query, k.

    Returns:
        The best first, equal scores by the lower id; -1 and -inf where there are fewer than k.

    Example:
        >>> as_hits(np.array([5, 3]), np.array([[0, 1]]), np.array([[0.5, 0.5]]), 3).ids
        array([[ 3,  5, -1]])
    """
    found_QC = rows_QC >= 0
    ids_QC = np.full(rows_QC.shape, NOTHING, np.int64)
    ids_QC[found_QC] = ids[rows_QC[found_QC]]
    scores_QC = np.where(found_QC, scores_QC, -np.inf).astype(np.float32)
    order_Qk = np.lexsort((ids_QC, -scores_QC), axis=1)[:, :top_k]
    room = ((0, 0), (0, top_k - order_Qk.shape[1]))
    return Hits(
        np.pad(np.take_along_axis(ids_QC, order_Qk, 1), room, constant_values=NOTHING),
        np.pad(np.take_along_axis(scores_QC, order_Qk, 1), room, constant_values=-np.inf),
    )


def no_hits(queries: int, top_k: int = 0) -> Hits:
    """Hits where nothing was found.

    Args:
        queries: Number of queries, Q.
        top_k: Hits for each query, k.

    Returns:
        Ids -1 and scores -inf, (Q, k).
    """
    return Hits(np.full((queries, top_k), NOTHING, np.int64), np.full((queries, top_k), -np.inf, np.float32))
