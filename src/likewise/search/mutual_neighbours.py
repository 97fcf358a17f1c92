"""The nearest other rows of each row of one set, by a similarity that is the same either way: half of the products.

A tile of scores between two blocks of rows serves both. Memory: what is kept for every row (12 bytes for each of its
neighbours) and a tile. Does not know score functions of the caller's; for these see `nearest_pairs`.

Legend: N rows, B rows of a block, k neighbours of a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from likewise.search.measure import Block
from likewise.search.scorer import MeasureScorer
from likewise.search.top_k import Candidates, Floats, Ids, RunningTopK

_NAME = "embeddings"


def mutual_neighbours(
    rows: Any,
    scorer: MeasureScorer,
    *,
    top_k: int,
    block: int,
    floor: Callable[[], float] = lambda: -math.inf,
) -> Iterator[tuple[int, Ids, Floats]]:
    """Find the nearest other rows of each row.

    Args:
        rows: Embeddings, (N, dim), more than `top_k` of them.
        scorer: Loads and scores them.
        top_k: How many to find for each row, at least 1.
        block: Rows that meet as many others at a time, at least 1.
        floor: Gives the score below which neighbours do not matter at that time, and may be left out.

    Yields:
        (first row of a block, ids, scores): (B, k), best first, equal scores by the lower id. Where neighbours were
        left out, the last places have id -1 and a score of minus infinity.

    Raises:
        InputError: If rows or scores are NaN or infinite.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> scorer = MeasureScorer(Dot(), NumpyBackend())
        >>> found = mutual_neighbours(np.array([[1.0], [2.0], [3.0]]), scorer, top_k=1, block=2)
        >>> [(first, ids.tolist()) for first, ids, scores in found]
        [(0, [[2], [2]]), (2, [[1]])]
    """
    total = len(rows)
    starts = range(0, total, block)
    kept = [RunningTopK(min(block, total - start), top_k) for start in starts]
    for number, start in enumerate(starts):
        left = scorer.load(rows, start, min(start + block, total), _NAME)
        _meet_themselves(left, scorer, kept[number], start, top_k)
        for other in range(number + 1, len(starts)):
            first = starts[other]
            right = scorer.load(rows, first, min(first + block, total), _NAME)
            lowest = np.nextafter(np.float32(floor()), np.float32(-np.inf))
            thresholds = np.maximum(kept[number].thresholds, lowest), np.maximum(kept[other].thresholds, lowest)
            for_left, for_right = scorer.above_mutually(left, right, thresholds, top_k)
            kept[number].add(for_left, first)
            kept[other].add(for_right, start)
        yield start, kept[number].ids, kept[number].scores


def _meet_themselves(block: Block, scorer: MeasureScorer, kept: RunningTopK, start: int, top_k: int) -> None:
    """Rows within a block, where the row itself does not count."""
    thresholds = kept.thresholds
    if np.isfinite(thresholds).all():
        found = scorer.above(block, block, thresholds, top_k + 1)
    else:
        found = scorer.best(block, block, top_k + 1)
    others = found.queries != found.documents
    kept.add(Candidates(found.queries[others], found.documents[others], found.scores[others]), start)
