"""Reciprocal rank at k, whose mean is MRR@k.

Legend: Q queries, K places of the ranking.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.evaluation.metrics.rankings import Floats, first_places


def reciprocal_rank_at_k(relevant_QK: Any, k: int) -> Floats:
    r"""One over the rank of the first relevant document, 0 if none is in the first k places.

    Args:
        relevant_QK: Whether the document in each place is relevant, best first, (Q, K).
        k: Number of places, at least 1.

    Returns:
        Values in [0, 1], (Q,).

    Raises:
        InputError: If k is below 1.
        ShapeError: If there are not two axes.

    Example:
        >>> reciprocal_rank_at_k([[0, 1, 1], [0, 0, 1]], 2)
        array([0.5, 0. ])

    Reference:
        Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    hits_QK = first_places(relevant_QK, k)
    if not hits_QK.shape[1]:
        return np.zeros(len(hits_QK))
    values: Floats = np.where(hits_QK.any(1), 1.0 / (hits_QK.argmax(1) + 1), 0.0)
    return values
