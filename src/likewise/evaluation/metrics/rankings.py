"""What metrics of rankings are given, checked: hits in order of rank, and how many there are to be found.

Does not know any metric.

Legend: Q queries, K places of the ranking.
"""

from __future__ import annotations

import operator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError, ShapeError

Floats: TypeAlias = NDArray[np.float64]
Hits: TypeAlias = NDArray[np.bool_]


def first_places(relevant_QK: Any, k: int) -> Hits:
    """The first k places of each ranking.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K), bool or 0/1. Places that a
            short ranking lacks are False.
        k: Number of places, at least 1.

    Returns:
        The places, bool, (Q, min(K, k)).

    Raises:
        InputError: If k is below 1, or a value is neither 0 nor 1.
        InputTypeError: If k is no integer.
        ShapeError: If there are not two axes.

    Example:
        >>> first_places([[1, 0, 1]], 2)
        array([[ True, False]])
    """
    k = check_cutoff(k)
    hits = np.asarray(relevant_QK)
    if hits.ndim != 2:
        raise ShapeError(
            f"relevance of shape {hits.shape}",
            accepted="(queries, places): one row for each ranking",
            fix="relevant[None] for a single ranking",
        )
    if hits.dtype != np.bool_ and not np.isin(hits, (0, 1)).all():
        raise InputError("relevance other than 0 and 1", accepted="bool, or 0 and 1", fix="relevance > 0")
    return hits[:, :k].astype(np.bool_)


def check_cutoff(k: Any) -> int:
    """Check a cut-off rank.

    Args:
        k: The rank.

    Returns:
        The same as an `int`.

    Raises:
        InputError: If it is below 1.
        InputTypeError: If it is no integer.

    Example:
        >>> check_cutoff(np.int64(10))
        10
    """
    try:
        number = operator.index(k)
    except TypeError as error:
        raise InputTypeError(f"k={k!r}", accepted="an integer of at least 1") from error
    if number < 1:
        raise InputError(f"k={number}", accepted="an integer of at least 1", fix="k=10")
    return number


def check_totals(totals_Q: Any, hits_QK: Hits) -> NDArray[np.int64]:
    """Check the numbers of relevant documents.

    Args:
        totals_Q: How many relevant documents each query has, found or not, (Q,), at least 1.
        hits_QK: What was found.

    Returns:
        The numbers, int64, (Q,).

    Raises:
        InputError: If a query has none, or fewer than were found: no metric is defined for it.
        ShapeError: If there is not one number for each query.

    Example:
        >>> check_totals([2], np.array([[True, False]]))
        array([2])
    """
    totals = np.asarray(totals_Q)
    if totals.shape != (len(hits_QK),):
        raise ShapeError(f"totals of shape {totals.shape} for {len(hits_QK)} queries", accepted=f"({len(hits_QK)},)")
    wrong = np.flatnonzero((totals < 1) | (totals < hits_QK.sum(1)))
    if wrong.size:
        query = int(wrong[0])
        raise InputError(
            f"query {query} has {totals[query]} relevant documents, of which {hits_QK[query].sum()} were found",
            accepted="at least 1, and no fewer than were found",
            fix="leave queries without relevant documents out",
        )
    return totals.astype(np.int64)
