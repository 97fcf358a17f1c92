"""Precision and recall at every threshold on scores. Does not draw.

Legend: T different scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from likewise.errors import InputError
from likewise.evaluation.metrics.labelled_scores import Cuts, Floats


@final
@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """A precision-recall curve, from the highest threshold to the lowest.

    Args:
        precision_T: Share of label 1 among the rows at or above each threshold.
        recall_T: Share of those rows among all with label 1; never falls.
        scores_T: The thresholds: the different scores, best first.
    """

    precision_T: Floats
    recall_T: Floats
    scores_T: Floats


def precision_recall_curve(scores: Any, labels: Any, *, total: int | None = None) -> PrecisionRecall:
    """Compute precision and recall at every threshold; rows with equal scores are never separated.

    Args:
        scores: A score for each row, larger for label 1, (N,), finite, at least one.
        labels: 0 or 1 for each row, (N,).
        total: Number of rows with label 1, if there are more than have a score; None counts the labels.

    Returns:
        The curve. The area below it, taken in steps, is `average_precision_of_scores`.

    Raises:
        InputError: If no label is 1 (recall is not defined), or a score or label cannot be used.
        ShapeError: If the lengths differ.

    Example:
        >>> precision_recall_curve([0.9, 0.8, 0.7], [1, 0, 1]).recall_T
        array([0.5, 0.5, 1. ])
    """
    cuts = Cuts.of(scores, labels)
    positives = cuts.positives if total is None else total
    if positives < max(1, cuts.positives):
        raise InputError(
            "no label is 1" if total is None else f"total={total} with {cuts.positives} labels of 1",
            accepted="at least one row with label 1: recall has no value without",
        )
    return PrecisionRecall(cuts.true_T / cuts.predicted_T, cuts.true_T / positives, cuts.scores_T)
