"""What the first k places hold: precision, recall and accuracy at k. Does not know their order.

Legend: Q queries, K places of the ranking.
"""

from __future__ import annotations

from typing import Any

from likewise.evaluation.metrics.rankings import Floats, check_cutoff, check_totals, first_places


def precision_at_k(relevant_QK: Any, k: int) -> Floats:
    r"""Share of the first k places that hold a relevant document: $\frac{1}{k} \sum_{i \le k} \mathrm{rel}_i$.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K). Places that a short ranking
            lacks count as not relevant.
        k: Number of places, at least 1.

    Returns:
        Values in [0, 1], (Q,).

    Raises:
        InputError: If k is below 1.
        ShapeError: If there are not two axes.

    Example:
        >>> precision_at_k([[1, 0, 1]], 2)
        array([0.5])

    Reference:
        Manning, Raghavan and Schütze, "Introduction to Information Retrieval", section 8.4.
    """
    hits_QK = first_places(relevant_QK, k)
    values: Floats = hits_QK.sum(1) / check_cutoff(k)
    return values


def recall_at_k(relevant_QK: Any, totals_Q: Any, k: int) -> Floats:
    r"""Share of the relevant documents that are in the first k places: $\frac{1}{R} \sum_{i \le k} \mathrm{rel}_i$.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K).
        totals_Q: Number of relevant documents R of each query, found or not, (Q,), at least 1.
        k: Number of places, at least 1.

    Returns:
        Values in [0, 1], (Q,).

    Raises:
        InputError: If k is below 1, or a query has no relevant document.
        ShapeError: If the shapes do not fit.

    Example:
        >>> recall_at_k([[1, 0, 1]], [4], 3)
        array([0.5])

    Reference:
        Manning, Raghavan and Schütze, "Introduction to Information Retrieval", section 8.3.
    """
    hits_QK = first_places(relevant_QK, k)
    values: Floats = hits_QK.sum(1) / check_totals(totals_Q, hits_QK)
    return values


def accuracy_at_k(relevant_QK: Any, k: int) -> Floats:
    """Whether one of the first k places holds a relevant document, also called success at k or hit rate.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K).
        k: Number of places, at least 1.

    Returns:
        0 or 1 for each query, (Q,).

    Raises:
        InputError: If k is below 1.
        ShapeError: If there are not two axes.

    Example:
        >>> accuracy_at_k([[0, 1], [0, 0]], 2)
        array([1., 0.])
    """
    values: Floats = first_places(relevant_QK, k).any(1).astype(float)
    return values
