"""Which pairs of a tile have a score of at least a threshold: by fast scores, and exactly where these are too close.

Scores count as they are reported everywhere, rounded to float32. Does not know the tile loop.

Legend: L rows of the left side, R of the right, C pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.search.backend import Backend
from likewise.search.measure import Block, Measure
from likewise.search.numpy_backend import reaching
from likewise.search.top_k import Floats, Ids

_PAIRS_AT_ONCE = 256  # their rows fit the cache
_CROWD = 64  # so many doubtful pairs of a row are cheaper to score as a matrix


def pairs_reaching(measure: Measure, ops: Backend, left: Block, right: Block, threshold: float) -> tuple[Ids, Ids]:
    """Find the pairs of two blocks whose score is at least a threshold.

    Args:
        measure: A similarity function.
        ops: The library that holds the matrices.
        left: Rows, (L, dim).
        right: Rows, (R, dim).
        threshold: The least score.

    Returns:
        Rows of the left and of the right side, (C,) each, by left row, then by right row.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> from likewise.search.scorer import load_block
        >>> ops = NumpyBackend()
        >>> block = load_block(ops, np.array([[1.0], [2.0]]), 0, 2, "embeddings")
        >>> [side.tolist() for side in pairs_reaching(Dot(), ops, block, block, 2.0)]
        [[0, 1, 1], [1, 0, 1]]
    """
    if not (left.is_moderate and right.is_moderate):
        return _exactly(measure, ops, left, right, threshold)
    error = float(measure.mutual_errors(ops, left, right).max(initial=0.0))
    floor = float(measure.mutual_levels(np.array(threshold))) - error
    lowest = np.nextafter(np.float32(floor), np.float32(-np.inf))
    surely = np.nextafter(np.float32(2 * threshold - floor), np.float32(np.inf))
    fast_LR = measure.mutual(ops, left, right)
    possible = _places(ops, fast_LR, lowest)
    if not possible[0].size:
        return possible
    certain = _places(ops, fast_LR, surely)
    reached = np.zeros(len(possible[0]), np.bool_)
    width = len(right.norms)
    reached[np.searchsorted(possible[0] * width + possible[1], certain[0] * width + certain[1])] = True
    doubtful = np.flatnonzero(~reached)
    if len(doubtful) > _CROWD * len(left.norms):
        return _exactly(measure, ops, left, right, threshold)
    scores_C = scores_of_pairs(measure, ops, left, right, (possible[0][doubtful], possible[1][doubtful]))
    reached[doubtful] = scores_C >= np.float32(threshold)
    return possible[0][reached], possible[1][reached]


def scores_between(measure: Measure, ops: Backend, left: Block, right: Block) -> Floats:
    """The scores of all pairs of two blocks, computed in float64.

    Args:
        measure: A similarity function.
        ops: The library that holds the matrices.
        left: Rows, (L, dim).
        right: Rows, (R, dim).

    Returns:
        Scores, (L, R), float32.
    """
    return ops.host(measure.dense(ops, left, right)).astype(np.float32)


def scores_of_pairs(measure: Measure, ops: Backend, left: Block, right: Block, pairs: tuple[Ids, Ids]) -> Floats:
    """The scores of some pairs of two blocks, computed in float64.

    Args:
        measure: A similarity function.
        ops: The library that holds the matrices.
        left: Rows, (L, dim).
        right: Rows, (R, dim).
        pairs: Rows of the left and of the right side, (C,) each.

    Returns:
        Scores, (C,), float32.
    """
    scores_C = np.empty(len(pairs[0]), np.float32)
    for start in range(0, len(scores_C), _PAIRS_AT_ONCE):
        rows, columns = pairs[0][start : start + _PAIRS_AT_ONCE], pairs[1][start : start + _PAIRS_AT_ONCE]
        prepared = measure.prepared(ops, ops.take(left.matrix, rows))
        scores_C[start : start + len(rows)] = measure.pairs(ops, prepared, ops.wide(ops.take(right.matrix, columns)))
    return scores_C


def _exactly(measure: Measure, ops: Backend, left: Block, right: Block, threshold: float) -> tuple[Ids, Ids]:
    scores_LR = scores_between(measure, ops, left, right)
    return _both(reaching(scores_LR, np.full((1, 1), threshold, np.float32), scores_LR.size))


def _places(ops: Backend, values_LR: NDArray[np.float32], floor: np.float32) -> tuple[Ids, Ids]:
    rows, columns = (int(size) for size in values_LR.shape)
    return _both(ops.at_least(values_LR, np.full(rows, floor), rows * columns))


def _both(places: tuple[NDArray[np.int64], ...] | None) -> tuple[Ids, Ids]:
    assert places is not None  # asked for as many as there are
    return places[0], places[1]
