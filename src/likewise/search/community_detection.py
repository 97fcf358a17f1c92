"""Fast clustering: groups of rows around a centre, largest first, no row in two of them.

Knows the documented function and its rule. Does not know how rows are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.search.arguments import at_least_one, real_number
from likewise.search.measure import Cosine
from likewise.search.neighbourhoods import Comparison, Neighbourhoods
from likewise.search.rows import as_rows
from likewise.search.scorer_choice import choose_backend

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings
    from likewise.search.top_k import Ids

_MOST_ROWS = 1024  # of a block: its scores fit the cache


def community_detection(
    embeddings: Embeddings,
    threshold: float = 0.75,
    min_community_size: int = 10,
    batch_size: int = 1024,
    show_progress_bar: bool = False,
) -> list[list[int]]:
    """Find communities: rows with a cosine of at least `threshold` to a common centre.

    Rows are looked at as centres by the number of their neighbours, the most first, equal numbers by the lower row. A
    row that no earlier community holds is the centre of one, with those of its neighbours that none holds, if these
    are enough. All pairs of rows are compared, exactly; memory holds the embeddings (which may be a memory
    map), a tile of scores, and a bounded number of pairs, however many rows are alike.

    Args:
        embeddings: Embeddings, (N, dim), any dtype; scored in float32 and better. Tensors are scored on their device.
        threshold: Least cosine between a centre and its neighbours.
        min_community_size: Fewest rows of a community, at least 1.
        batch_size: Most rows that meet as many others at a time, at least 1. Results do not depend on it.
        show_progress_bar: Whether progress is shown.

    Returns:
        The rows of each community, the centre first, then by their cosine to it, equal ones by the lower row.
        Largest community first.

    Raises:
        InputError: If a number is below 1, the threshold is NaN, or an embedding is NaN or infinite.
        InputTypeError: If an argument has the wrong type.

    Example:
        >>> import numpy as np
        >>> rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [1.0, 0.1]])
        >>> community_detection(rows, min_community_size=2)
        [[0, 3, 2]]
    """
    smallest = at_least_one(min_community_size, "min_community_size")
    rows = as_rows(embeddings, "embeddings")
    comparison = Comparison(
        rows=rows,
        measure=Cosine(),
        ops=choose_backend([rows]),
        threshold=real_number(threshold, "threshold"),
        block=min(at_least_one(batch_size, "batch_size"), _MOST_ROWS),
    )
    around = Neighbourhoods(comparison, _bar if show_progress_bar else lambda blocks: blocks)
    return _communities(comparison, around, smallest)


def _communities(comparison: Comparison, around: Neighbourhoods, smallest: int) -> list[list[int]]:
    by_size = np.argsort(-around.counts, kind="stable")
    centres = by_size[around.counts[by_size] >= smallest]
    gone = np.zeros(len(comparison.rows), np.bool_)
    found: list[Ids] = []
    for centre, neighbours in around.each(centres, gone):
        members = neighbours[~gone[neighbours]]
        if not gone[centre] and len(members) >= smallest:
            gone[members] = True
            nearest = np.lexsort((members, -comparison.scores(centre, members), members != centre))
            found.append(members[nearest])
    return [members.tolist() for members in sorted(found, key=len, reverse=True)]


def _bar(blocks: range) -> Any:
    from tqdm.auto import tqdm

    return tqdm(blocks, desc="Comparing rows")
