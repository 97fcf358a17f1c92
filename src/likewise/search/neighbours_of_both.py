"""The nearest rows of each set for each row of the other: a search in each direction.

One product of two blocks could serve both directions, but searches score far fewer pairs exactly, which takes longer
than the second product. Memory: what is kept for every row (12 bytes for each neighbour) and a tile. Does not know what
neighbours are for.

Legend: L rows of the left set, R of the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from likewise.search.comparing import Advance, ignore
from likewise.search.exact import TileSize, search
from likewise.search.scorer import Scorer
from likewise.search.top_k import Floats, Ids


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
    left: Any,
    right: Any,
    scorer: Scorer,
    *,
    top_k: int,
    block: int,
    names: tuple[str, str],
    advance: Advance = ignore,
) -> tuple[Neighbours, Neighbours]:
    """Find the nearest rows in both directions.

    Args:
        left: Embeddings, (L, dim), at least one row.
        right: Embeddings, (R, dim), at least one row.
        scorer: Loads and scores them; the similarity must be the same either way.
        top_k: How many to find for each row, at least 1; all, if there are fewer.
        block: Rows that meet twice as many others at a time, at least 1.
        names: The names of the two arguments, for messages.
        advance: Told how many more pairs of rows have been compared; each is compared twice.

    Returns:
        The neighbours of the rows of the left set, and of those of the right.

    Raises:
        InputError: If rows or scores are NaN or infinite.

    Example:
        >>> import numpy as np
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.scorer import MeasureScorer
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> scorer = MeasureScorer(Dot(), NumpyBackend())
        >>> left, right = np.array([[1.0], [2.0]]), np.array([[3.0], [-1.0], [4.0]])
        >>> found = neighbours_of_both(left, right, scorer, top_k=1, block=2, names=("left", "right"))
        >>> [side.ids.tolist() for side in found]
        [[[2], [2]], [[1], [0], [1]]]
    """
    tile = TileSize(queries=block, documents=2 * block)
    for_left = search(left, right, scorer, top_k=min(top_k, len(right)), tile=tile, names=names, advance=advance)
    for_right = search(right, left, scorer, top_k=min(top_k, len(left)), tile=tile, names=names[::-1], advance=advance)
    return Neighbours(*for_left), Neighbours(*for_right)
