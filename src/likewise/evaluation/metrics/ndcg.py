"""Normalised discounted cumulative gain at k, for documents that are relevant or not.

Legend: Q queries, K places of the ranking.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.evaluation.metrics.rankings import Floats, check_cutoff, check_totals, first_places


def discounts(places: int) -> Floats:
    r"""What a relevant document counts in each place: $1 / \log_2(i + 1)$ in place i.

    Args:
        places: Number of places.

    Returns:
        Discounts, (places,), the first one 1.

    Example:
        >>> discounts(3)
        array([1.        , 0.63092975, 0.5       ])
    """
    values: Floats = 1.0 / np.log2(np.arange(2, places + 2))
    return values


def ideal_gains(totals_Q: Any, k: int) -> Floats:
    """The discounted gain of a ranking that has relevant documents in all places that it can.

    Args:
        totals_Q: Number of relevant documents of each query, (Q,), at least 1.
        k: Number of places, at least 1.

    Returns:
        Gains, (Q,).

    Example:
        >>> ideal_gains([1, 9], 2)
        array([1.        , 1.63092975])
    """
    filled_Q = np.minimum(np.asarray(totals_Q, np.int64), check_cutoff(k))
    values: Floats = discounts(int(filled_Q.max(initial=1))).cumsum()[filled_Q - 1]
    return values


def ndcg_at_k(relevant_QK: Any, totals_Q: Any, k: int) -> Floats:
    r"""Discounted gain of the first k places, over that of an ideal ranking.

    $\sum_{i \le k} \frac{\mathrm{rel}_i}{\log_2(i+1)} \Big/ \sum_{i \le \min(k, R)} \frac{1}{\log_2(i+1)}$, with R
    relevant documents.

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
        >>> ndcg_at_k([[0, 1]], [1], 10).round(4)
        array([0.6309])

    Reference:
        Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the
        discount from the first place on that is usual today.
    """
    hits_QK = first_places(relevant_QK, k)
    totals = check_totals(totals_Q, hits_QK)
    values: Floats = hits_QK @ discounts(hits_QK.shape[1]) / ideal_gains(totals, k)
    return values
