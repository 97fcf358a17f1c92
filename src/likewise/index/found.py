"""What databases give back: hits, in one form, and folders of their kind. Knows no engine.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from likewise.errors import CheckpointError, InputError
from likewise.index.folder import IndexFolder
from likewise.index.protocol import NOTHING, Hits


def check_top_k(top_k: int) -> None:
    """Refuse a number of hits that is none.

    Args:
        top_k: How many hits are wanted for each query.

    Raises:
        InputError: If it is no integer of at least 1.

    Example:
        >>> check_top_k(10)
    """
    number: object = top_k
    if not isinstance(number, int | np.integer) or isinstance(number, bool) or number < 1:
        raise InputError(f"top_k={top_k!r}", accepted="an integer of at least 1", fix="top_k=10")


def check_kind(folder: IndexFolder, kind: str) -> None:
    """Refuse the folder of an index of another kind.

    Args:
        folder: The folder.
        kind: Which kind it should be.

    Raises:
        CheckpointError: If it is another.
    """
    if folder.kind != kind:
        raise CheckpointError(
            f"{folder.path} holds an index of kind {folder.kind!r}", accepted=f"kind {kind!r}", fix="load_index(path)"
        )


def as_hits(found: Sequence[Sequence[tuple[int, float]]], width: int) -> Hits:
    """Bring what was found into order, and to one width.

    Args:
        found: For each query ids and scores, in any order; more than `width` are cut.
        width: How many are wanted for each.

    Returns:
        Ids and scores, (Q, width), best first, equal scores by the lower id, -1 and -inf at the end.

    Example:
        >>> as_hits([[(7, 0.5), (2, 0.5)]], 3).ids
        array([[ 2,  7, -1]])
    """
    ids = np.full((len(found), width), NOTHING, np.int64)
    scores = np.full((len(found), width), -np.inf, np.float32)
    for query, rows in enumerate(found):
        some_ids = np.array([row[0] for row in rows], np.int64)
        some_scores = np.array([row[1] for row in rows], np.float32) + np.float32(0)  # no -0.0
        order = np.lexsort((some_ids, -some_scores))[:width]
        ids[query, : len(order)], scores[query, : len(order)] = some_ids[order], some_scores[order]
    return Hits(ids, scores)
