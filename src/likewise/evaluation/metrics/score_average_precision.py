"""Average precision of scores against binary labels: the area under the precision-recall curve, as steps.

Legend: N rows, T different scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.metrics.labelled_scores import Cuts


def average_precision_of_scores(scores: Any, labels: Any, *, total: int | None = None) -> float:
    r"""Precision at each different score, weighted with the recall that it adds.

    $\sum_t (\mathrm{recall}_t - \mathrm{recall}_{t-1}) \cdot \mathrm{precision}_t$ over the different scores, best
    first. Rows with equal scores are taken together, so their order does not matter.

    Args:
        scores: A score for each row, larger for label 1, (N,), finite.
        labels: 0 or 1 for each row, (N,).
        total: Number of rows with label 1, if there are more than have a score; None counts the labels.

    Returns:
        A value in [0, 1]; for equal scores the share of label 1.

    Raises:
        InputError: If no label is 1 (recall is not defined), or a score or label cannot be used.
        ShapeError: If the lengths differ.

    Example:
        >>> average_precision_of_scores([0.9, 0.8, 0.7], [1, 0, 1])
        0.833...

    Reference:
        scikit-learn, `average_precision_score`, has the same definition.
    """
    cuts = Cuts.of(scores, labels)
    positives = cuts.positives if total is None else total
    if positives < max(1, cuts.positives):
        raise InputError(
            "no label is 1" if total is None else f"total={total} with {cuts.positives} labels of 1",
            accepted="at least one row with label 1: recall has no value without",
        )
    added_T = np.diff(cuts.true_T, prepend=0)
    return float((added_T * (cuts.true_T / cuts.predicted_T)).sum() / positives)
