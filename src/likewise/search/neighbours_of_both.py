"""The nearest rows of each set for each row of the other: a tile of scores serves both directions.

Memory: what is kept for every row (12 bytes for each neighbour) and a tile. Does not know what neighbours are for.

Legend: L rows of the left set, R of the right, k neighbours of a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.search.scorer import MeasureScorer
from likewise.search.top_k import Floats, Ids, RunningTopK


@final
@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest rows of another set, for each row.

    Args:
        ids: Rows of the other set, (rows, k), best first, equal scores by the lower row.
        scores: Their scores, float32.
    """

    ids: Ids
    scores: Floats


def neighbours_of_both(
    left: Any, right: Any, scorer: MeasureScorer, *, top_k: int, block: int, names: tuple[str, str]
) -> tuple[Neighbours, Neighbours]:
    """Find the nearest rows in both directions.

    Args:
        left: Embeddings, (L, dim), at least one row.
        right: Embeddings, (R, dim), at least one row.
        scorer: Loads and scores them; the similarity must be the same either way.
        top_k: How many to find for each row, at least 1; all, if there are fewer.
        block: Rows that meet as many others at a time, at least 1.
        names: The names of the two arguments, for messages.

    Returns:
        The neighbours of the rows of the left set, and of those of the right.

    Raises:
        InputError: If rows or scores are NaN or infinite.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> scorer = MeasureScorer(Dot(), NumpyBackend())
        >>> left, right = np.array([[1.0], [2.0]]), np.array([[3.0], [-1.0], [4.0]])
        >>> found = neighbours_of_both(left, right, scorer, top_k=1, block=2, names=("left", "right"))
        >>> [side.ids.tolist() for side in found]
        [[[2], [2]], [[1], [0], [1]]]
    """
    sizes = len(left), len(right)
    wanted = min(top_k, sizes[1]), min(top_k, sizes[0])
    starts = [range(0, size, block) for size in sizes]
    kept = [
        [RunningTopK(min(block, size - start), most) for start in some]
        for size, some, most in zip(sizes, starts, wanted, strict=True)
    ]
    for start, for_left in zip(starts[0], kept[0], strict=True):
        rows = scorer.load(left, start, min(start + block, sizes[0]), names[0])
        for first, for_right in zip(starts[1], kept[1], strict=True):
            others = scorer.load(right, first, min(first + block, sizes[1]), names[1])
            thresholds = for_left.thresholds, for_right.thresholds
            found = scorer.above_mutually(rows, others, thresholds, top_k)
            for_left.add(found[0], first)
            for_right.add(found[1], start)
    return _joined(kept[0]), _joined(kept[1])


def _joined(blocks: list[RunningTopK]) -> Neighbours:
    return Neighbours(np.concatenate([each.ids for each in blocks]), np.concatenate([each.scores for each in blocks]))
