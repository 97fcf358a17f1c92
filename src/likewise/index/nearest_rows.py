"""Exact search over rows in memory or on disk, a portion at a time: `likewise.search` does it. Knows no ids.

Legend: Q queries, k rows found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.index.growing_rows import GrowingRows
from likewise.index.protocol import Ids, Metric
from likewise.search.exact import RunningSearch, choose_tile
from likewise.search.measure import Cosine, Dot, Euclidean, Measure
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.scorer_choice import rough_backend

_MEASURES: dict[Metric, Measure] = {"cosine": Cosine(), "dot": Dot(), "euclidean": Euclidean()}
_PORTION_BYTES = 2**28


def nearest_rows(
    queries: NDArray[np.float32], rows: GrowingRows, metric: Metric, top_k: int, chosen: Ids | None = None
) -> tuple[Ids, NDArray[np.float32]]:
    """Find the nearest rows of each query.

    Memory: some 300 MB, and what is found. Rows on disk are read once, whatever the number of queries.

    Args:
        queries: (Q, dim).
        rows: Rows of floats.
        metric: How they are compared.
        top_k: How many to find for each, from 1 to the number of rows.
        chosen: Only these rows, as if they stood in this order; all if not given.

    Returns:
        Row numbers and scores, (Q, k), best first, equal scores in the order of the rows.

    Example:
        >>> rows = GrowingRows(2, np.float32)
        >>> rows.append(np.array([[1, 0], [0, 1]]))
        >>> nearest_rows(np.array([[0, 2]], np.float32), rows, "cosine", 1)
        (array([[1]]), array([[1.]], dtype=float32))
    """
    tile = choose_tile(len(queries), rows.width, query_chunk_size=100, corpus_chunk_size=500_000, reshape=True)
    counts = len(queries), len(rows) if chosen is None else len(chosen)
    scorer = MeasureScorer(_MEASURES[metric], NumpyBackend(), rough_backend(counts, rows.width))
    running = RunningSearch(queries, [scorer], top_k=top_k, tile=tile, names=("queries", "vectors of the index"))
    step = max(1, _PORTION_BYTES // (rows.width * rows.dtype.itemsize))
    for start in range(0, len(rows) if chosen is None else len(chosen), step):
        part = slice(start, start + step)
        running.add(rows[part if chosen is None else _as_slice(chosen[part])], first_id=start)
        rows.let_go()
    ((found, scores),) = running.results()
    return found if chosen is None else chosen[found], scores


def scores_of_rows(queries: NDArray[np.float32], rows: GrowingRows, metric: Metric, found: Ids) -> NDArray[np.float32]:
    """Score rows that somebody found, exactly.

    Args:
        queries: (Q, dim).
        rows: Rows of floats.
        metric: How they are compared.
        found: Row numbers, (Q, C), -1 for none.

    Returns:
        Scores, (Q, C), -inf for none.

    Example:
        >>> rows = GrowingRows(2, np.float32)
        >>> rows.append(np.array([[3, 4]]))
        >>> scores_of_rows(np.array([[0, 0]], np.float32), rows, "euclidean", np.array([[0, -1]]))
        array([[ -5., -inf]], dtype=float32)
    """
    scorer = MeasureScorer(_MEASURES[metric], NumpyBackend())
    scores: NDArray[np.float32] = np.full(found.shape, -np.inf, np.float32)
    there = found >= 0
    block = scorer.load(queries, 0, len(queries), "queries")
    scores[there] = scorer.scores_of(block, rows, (np.nonzero(there)[0], found[there]), "vectors of the index")
    return scores


def _as_slice(numbers: Ids) -> slice | Ids:
    """Numbers that follow one another as a slice, which is read without a copy."""
    if (np.diff(numbers) == 1).all():
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers
