"""Which inputs share a batch. Pure numpy: knows sizes and budgets, not what the inputs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

RowsThatFit = Callable[[np.ndarray, int], int]
"""Sizes int64 [N] in descending order, and a budget, to how many of the leading ones fit into it."""


def rows_padded(sizes: np.ndarray, budget: int) -> int:
    """How many rows fit when each is padded to the longest: rows x longest <= budget.

    Args:
        sizes: int64 [N], descending, at least 1.
        budget: Most tokens, padding included.

    Returns:
        A number of leading rows, 0 if not even the first fits.

    Example:
        >>> rows_padded(np.array([5, 4, 1]), 10)
        2
    """
    return min(budget // int(sizes[0]), len(sizes))


def rows_packed(sizes: np.ndarray, budget: int) -> int:
    """How many rows fit when there is no padding: sum of sizes <= budget.

    Args:
        sizes: int64 [N], descending, at least 1.
        budget: Most tokens.

    Returns:
        A number of leading rows, 0 if not even the first fits.

    Example:
        >>> rows_packed(np.array([5, 4, 1]), 10)
        3
    """
    # Rows beyond the budget-th cannot fit, as each costs at least 1; so the sum need not run over all of them.
    return int(np.searchsorted(np.cumsum(sizes[:budget]), budget, side="right"))


def schedule(
    sizes: np.ndarray,
    *,
    max_tokens: int,
    max_rows: int | None = None,
    groups: np.ndarray | None = None,
    fit: RowsThatFit = rows_padded,
) -> Iterator[np.ndarray]:
    """Put inputs of similar size into batches, the longest first so that a lack of memory shows early.

    Args:
        sizes: int64 [N], what each input costs.
        max_tokens: Budget of a batch; an input that exceeds it alone makes a batch of its own.
        max_rows: Most inputs of a batch; None is no limit.
        groups: int64 [N] or None: inputs of different groups never share a batch.
        fit: How a batch's cost is counted.

    Yields:
        int64 [B], indices of the inputs of one batch. Each of 0..N-1 comes exactly once.

    Example:
        >>> [batch.tolist() for batch in schedule(np.array([1, 9, 2, 8]), max_tokens=18)]
        [[1, 3], [2, 0]]
    """
    if len(sizes) == 1:
        yield np.zeros(1, dtype=np.int64)
        return
    costs = np.maximum(sizes, 1)
    by_group = np.zeros(len(costs), dtype=np.int64) if groups is None else groups
    order = np.lexsort((-costs, by_group))
    ends = np.flatnonzero(np.diff(by_group[order])) + 1
    for same_group in np.split(order, ends):
        start = 0
        while start < len(same_group):
            rest = same_group[start : None if max_rows is None else start + max_rows]
            count = max(fit(costs[rest], max_tokens), 1)
            yield rest[:count]
            start += count
