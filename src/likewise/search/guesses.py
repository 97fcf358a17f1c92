"""Pairs of two blocks of rows that may be among the best, with limits of their scores: what fast scores tell.

A fast score with a bound of its error says between which levels the exact score lies. Does not know similarity
functions: fast scores and bounds are given.

Legend: Q queries, K documents of a tile, S rows of one side, C pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.search.backend import Backend, Matrix
from likewise.search.top_k import Floats

Places: TypeAlias = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Guesses:
    """Pairs of a query and a document, with limits of their scores.

    Args:
        queries: Row of the query in its tile, int64, or int32 to save memory.
        documents: Row of the document, likewise.
        lows: Level of the lowest score that the document may have, or that score itself, float32.
        highs: The same of its highest, float32.
    """

    queries: Places
    documents: Places
    lows: Floats
    highs: Floats


def guesses(
    ops: Backend,
    fast_QK: Matrix,
    lows_S: NDArray[Any],
    errors_S: NDArray[np.float64],
    top_k: int | None = None,
    *,
    room: int,
    by_column: bool = False,
) -> Guesses | None:
    """Find the pairs of a tile that may be among the best of each row, or of each column.

    Args:
        ops: The library that holds the matrix.
        fast_QK: Fast scores, (Q, K).
        lows_S: Levels that what is found must reach: one for each row, or each column, (S,).
        errors_S: Bounds of the errors of its fast scores, (S,).
        top_k: How many are kept for each; None if all that reach the level are wanted.
        room: How many may be found for each, on the average.
        by_column: Whether the columns are those for which others are looked for.

    Returns:
        Those of the k best for each that reach its level, and some more, with the row or column as `queries`; None if
        these are too many, for fast scores do not tell them apart.
    """
    at_least = ops.at_least_by_column if by_column else ops.at_least
    most = room * len(lows_S)
    floors_S = lows_S - errors_S
    places = at_least(fast_QK, below(floors_S), most)
    if places is None:  # as in the first tile
        if top_k is None or top_k > fast_QK.shape[0 if by_column else 1]:
            return None
        best_S = ops.kth_largest(fast_QK.T if by_column else fast_QK, top_k)
        floors_S = np.maximum(floors_S, best_S - 2 * errors_S)
        places = at_least(fast_QK, below(floors_S), most)
        if places is None:
            return None
    fast_C = ops.values(fast_QK, *places).astype(np.float64)
    rows_C, others_C = places[::-1] if by_column else places
    errors_C = errors_S[rows_C]
    return Guesses(rows_C, others_C, below(fast_C - errors_C), above(fast_C + errors_C))


def joined(parts: Sequence[Guesses]) -> Guesses:
    """Guesses of several tiles as if they were of one.

    Args:
        parts: Guesses, at least of one tile.

    Returns:
        All of them, in their order.
    """
    return Guesses(
        np.concatenate([part.queries for part in parts]),
        np.concatenate([part.documents for part in parts]),
        np.concatenate([part.lows for part in parts]),
        np.concatenate([part.highs for part in parts]),
    )


def below(values: NDArray[np.float64]) -> Floats:
    """float32 numbers below these, however they were rounded.

    Args:
        values: Numbers.

    Returns:
        Numbers of the same shape.
    """
    return np.nextafter(values.astype(np.float32), np.float32(-np.inf))


def above(values: NDArray[np.float64]) -> Floats:
    """float32 numbers above these, however they were rounded.

    Args:
        values: Numbers.

    Returns:
        Numbers of the same shape.
    """
    return np.nextafter(values.astype(np.float32), np.float32(np.inf))
