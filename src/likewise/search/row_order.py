"""Values that belong to rows, any number to each, in order: row by row, the largest value first.

Sorts one integer for each value, so that a row with many values costs no more memory than these. Does not know scores.

Legend: R rows, C values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.search.top_k import Floats, Ids


def kth_largest(rows_C: NDArray[np.signedinteger[Any]], values_C: Floats, rows: int, top_k: int) -> Floats:
    """The k-th largest value of each row.

    Args:
        rows_C: Row of each value, (C,), from 0 below `rows`.
        values_C: Values without NaN, (C,).
        rows: Number of rows, R.
        top_k: Which value of each row, from 1.

    Returns:
        Values, (R,); minus infinity where a row has fewer than k.

    Example:
        >>> kth_largest(np.array([0, 2, 0, 0]), np.array([1, 5, 3, 2], np.float32), rows=3, top_k=2)
        array([  2., -inf, -inf], dtype=float32)
    """
    counts = np.bincount(rows_C, minlength=rows)
    enough = np.flatnonzero(counts >= top_k)
    ordered = np.sort(_keys(rows_C, values_C))[(counts.cumsum() - counts)[enough] + top_k - 1]
    result: Floats = np.full(rows, -np.inf, np.float32)
    result[enough] = _values(ordered)
    return result


def largest_of_each_row(rows_C: NDArray[np.signedinteger[Any]], values_C: Floats, rows: int, top_k: int) -> Floats:
    """The k largest values of each row.

    Args:
        rows_C: Row of each value, (C,), from 0 below `rows`.
        values_C: Values without NaN, (C,).
        rows: Number of rows, R.
        top_k: How many to take of each row; all if there are fewer.

    Returns:
        Values, row by row, the largest of each first.

    Example:
        >>> largest_of_each_row(np.array([0, 2, 0, 0]), np.array([1, 5, 3, 2], np.float32), rows=3, top_k=2)
        array([3., 2., 5.], dtype=float32)
    """
    counts = np.bincount(rows_C, minlength=rows)
    ordered = np.sort(_keys(rows_C, values_C))
    ranks = np.arange(len(ordered)) - np.repeat(counts.cumsum() - counts, counts)
    return _values(ordered[ranks < top_k])


def best_of_each_row(rows_C: NDArray[np.signedinteger[Any]], values_C: Floats, top_k: int) -> Ids:
    """The places of the k largest values of each row; of equal values the first ones.

    Args:
        rows_C: Row of each value, (C,).
        values_C: Values without NaN, (C,).
        top_k: How many to take of each row; all if there are fewer.

    Returns:
        Places, row by row, and ascending within a row.

    Example:
        >>> best_of_each_row(np.array([1, 0, 1, 1]), np.array([2, 9, 3, 2], np.float32), top_k=2)
        array([1, 0, 2])
    """
    order = np.argsort(_keys(rows_C, values_C), kind="stable")
    counts = np.bincount(rows_C)
    ranks = np.arange(len(order)) - np.repeat(counts.cumsum() - counts, counts)
    taken = np.sort(order[ranks < top_k])
    return taken[np.argsort(rows_C[taken], kind="stable")]


def _keys(rows_C: NDArray[np.signedinteger[Any]], values_C: Floats) -> NDArray[np.uint64]:
    """Integers in the order of rows ascending, then values descending."""
    # The bits of floats are in the order of their values, but for the sign: negative ones are in reverse.
    bits = (values_C + np.float32(0)).view(np.int32)  # without negative zero
    ascending = np.where(bits < 0, ~bits, bits | np.int32(-(2**31))).view(np.uint32)
    return rows_C.astype(np.uint64) << np.uint64(32) | ~ascending


def _values(keys: NDArray[np.uint64]) -> Floats:
    ascending = ~keys.astype(np.uint32)
    bits = np.where(ascending >> np.uint32(31), ascending & np.uint32(2**31 - 1), ~ascending)
    return bits.view(np.float32)
