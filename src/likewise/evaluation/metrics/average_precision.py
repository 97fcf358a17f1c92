"""Average precision of a ranking at k, whose mean is MAP@k. For scores with ties see `score_average_precision`.

Legend: Q queries, K places of the ranking.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.evaluation.metrics.rankings import Floats, check_cutoff, check_totals, first_places


def average_precision_at_k(relevant_QK: Any, totals_Q: Any, k: int) -> Floats:
    r"""Mean of the precision at the rank of each relevant document, as far as the first k places can hold them.

    $\frac{1}{\min(k, R)} \sum_{i \le k} \mathrm{rel}_i \cdot \mathrm{precision}@i$, with R relevant documents.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K).
        totals_Q: Number of relevant documents R of each query, found or not, (Q,), at least 1.
        k: Number of places, at least 1.

    Returns:
        Values in [0, 1], (Q,); 1 where all places that can be relevant are.

    Raises:
        InputError: If k is below 1, or a query has no relevant document.
        ShapeError: If the shapes do not fit.

    Example:
        >>> average_precision_at_k([[1, 0, 1]], [2], 3).round(4)
        array([0.8333])

    Reference:
        Manning, Raghavan and Schütze, "Introduction to Information Retrieval", section 8.4.

    Note:
        trec_eval's `map_cut` divides by R instead of min(k, R), so a perfect ranking has less than 1 there when
        there are more relevant documents than places. Both are the same for R at most k.
    """
    hits_QK = first_places(relevant_QK, k)
    totals = check_totals(totals_Q, hits_QK)
    precision_QK = hits_QK.cumsum(1) / np.arange(1, hits_QK.shape[1] + 1)
    values: Floats = (precision_QK * hits_QK).sum(1) / np.minimum(totals, check_cutoff(k))
    return values
