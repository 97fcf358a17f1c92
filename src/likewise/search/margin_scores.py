r"""Margin scores of candidate translations: how much nearer two rows are than either is to its neighbourhood.

With $a$ the cosine of $x$ and $y$, and $b$ the mean of the mean cosines of $x$ and of $y$ with their $k$ nearest rows
of the other side: ratio $a / b$, distance $a - b$, absolute $a$. Numpy only; does not know where cosines come from.

Legend: S rows of the source, T of the target, k neighbours, C candidate pairs.

Reference: Artetxe and Schwenk, Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings, 2019
(arXiv:1811.01136), equations 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from likewise.search.neighbours_of_both import Neighbours
from likewise.search.top_k import Floats, Ids

Margin: TypeAlias = Literal["ratio", "distance", "absolute"]
Retrieval: TypeAlias = Literal["forward", "backward", "intersection", "union", "max"]

_PAIRS_AT_ONCE = 2**14
_MARGINS: dict[Margin, Callable[[Floats, Floats], Floats]] = {
    "ratio": lambda cosines, around: np.divide(
        cosines, around, out=np.full(cosines.shape, -np.inf, np.float32), where=around > 0
    ),
    "distance": lambda cosines, around: cosines - around,
    "absolute": lambda cosines, around: cosines,
}


def margin_scores(neighbours: Neighbours, around_rows: Floats, around_others: Floats, margin: Margin) -> Floats:
    """Score the neighbours of each row.

    Args:
        neighbours: Rows of the other side, with their cosines, (S, k).
        around_rows: Mean cosine of each row with its neighbours, (S,).
        around_others: The same for the other side, (T,).
        margin: Which margin. A ratio to a mean that is not positive counts as minus infinity.

    Returns:
        Scores, (S, k), float32.

    Example:
        >>> found = Neighbours(np.array([[0, 1]]), np.float32([[0.75, 0.25]]))
        >>> margin_scores(found, np.float32([0.5]), np.float32([0.25, 0.0]), "distance").tolist()
        [[0.375, 0.0]]
    """
    around = (around_rows[:, None] + around_others[neighbours.ids]) / np.float32(2)
    return _MARGINS[margin](neighbours.scores, around)


def best_pairs(ids: tuple[Ids, Ids], scores: tuple[Floats, Floats], retrieval: Retrieval) -> tuple[Ids, Ids, Floats]:
    """Choose pairs among the neighbours of both sides.

    Args:
        ids: Neighbours of the source's rows, (S, k), and of the target's, (T, k).
        scores: Their margin scores.
        retrieval: "forward" takes the best neighbour of each row of the source, "backward" of the target,
            "intersection" the pairs that are in both, "union" those that are in one of them, and "max" of those the
            best so that no row is in two pairs.

    Returns:
        Rows of the source, of the target, and scores, (C,) each, best first, equal scores by the lower rows.
    """
    forward, backward = _best(ids[0], scores[0]), _best(ids[1], scores[1])
    backward = backward[1], backward[0], backward[2]
    keys = [side[0] * len(ids[1]) + side[1] for side in (forward, backward)]
    if retrieval == "forward":
        return _sorted(*forward)
    if retrieval == "backward":
        return _sorted(*backward)
    if retrieval == "intersection":
        mutual = np.isin(keys[0], keys[1])
        return _sorted(forward[0][mutual], forward[1][mutual], forward[2][mutual])
    fresh = ~np.isin(keys[1], keys[0])
    joined = _sorted(
        np.concatenate([forward[0], backward[0][fresh]]),
        np.concatenate([forward[1], backward[1][fresh]]),
        np.concatenate([forward[2], backward[2][fresh]]),
    )
    return joined if retrieval == "union" else _each_row_once(*joined)


def _best(ids: Ids, scores: Floats) -> tuple[Ids, Ids, Floats]:
    """The neighbour with the highest score of each row, of equal ones the nearest."""
    rows = np.arange(len(ids))
    places = scores.argmax(1)
    return rows, ids[rows, places], scores[rows, places]


def _sorted(sources: Ids, targets: Ids, scores: Floats) -> tuple[Ids, Ids, Floats]:
    order = np.lexsort((targets, sources, -scores))
    return sources[order], targets[order], scores[order]


def _each_row_once(sources: Ids, targets: Ids, scores: Floats) -> tuple[Ids, Ids, Floats]:
    """Of pairs in order, those whose rows are in none before; a few at a time, as nearly all of many are left out."""
    sides = sources, targets
    free = [np.ones(side.max(initial=-1) + 1, np.bool_) for side in sides]
    kept: list[int] = []
    for start in range(0, len(sources), _PAIRS_AT_ONCE):
        some = [side[start : start + _PAIRS_AT_ONCE] for side in sides]
        places = np.flatnonzero(free[0][some[0]] & free[1][some[1]])
        for place, source, target in zip(places.tolist(), *(side[places].tolist() for side in some), strict=True):
            if free[0][source] and free[1][target]:
                free[0][source] = free[1][target] = False
                kept.append(start + place)
    return sources[kept], targets[kept], scores[kept]
