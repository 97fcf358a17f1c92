"""Candidates of a search over quantized embeddings, scored again with the queries as they are. Knows no engine.

Legend: Q queries, C candidates of each, k kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_QUERIES_AT_ONCE = 64


def rescored(
    queries_QD: NDArray[np.float32],
    ids_QC: NDArray[np.int64],
    vectors: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    top_k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Keep the candidates with the largest dot products.

    Args:
        queries_QD: Queries, (Q, dim).
        ids_QC: Candidates of each, (Q, C); -1 stands for none.
        vectors: From ids (n,) to what is stored of them, restored, (n, dim).
        top_k: How many to keep.

    Returns:
        Ids and scores, (Q, k), best first, equal scores by the lower id; -1 and -inf where there is none.

    Example:
        >>> corpus = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)
        >>> ids, scores = rescored(np.array([[0.0, 1.0]], np.float32), np.array([[0, 1]]), corpus.__getitem__, 1)
        >>> ids, scores
        (array([[1]]), array([[0.8]], dtype=float32))
    """
    parts = [
        _rescored(queries_QD[part], ids_QC[part], vectors, top_k)
        for part in (slice(start, start + _QUERIES_AT_ONCE) for start in range(0, len(ids_QC), _QUERIES_AT_ONCE))
    ]
    if not parts:
        return np.empty((0, top_k), np.int64), np.empty((0, top_k), np.float32)
    return np.concatenate([ids for ids, _ in parts]), np.concatenate([scores for _, scores in parts])


def _rescored(queries_QD: Any, ids_QC: Any, vectors: Any, top_k: int) -> tuple[Any, Any]:
    there_QC = ids_QC >= 0
    different, where = np.unique(ids_QC[there_QC], return_inverse=True)
    scores_QC = np.full(ids_QC.shape, -np.inf, np.float32)
    rows = np.nonzero(there_QC)[0]
    if len(different):
        scores_QC[there_QC] = np.einsum("nd,nd->n", queries_QD[rows], vectors(different)[where])
    best_Qk = np.lexsort((ids_QC, -scores_QC), axis=1)[:, :top_k]
    return np.take_along_axis(ids_QC, best_Qk, 1), np.take_along_axis(scores_QC, best_Qk, 1)
