"""The threshold on scores that separates labels best, by accuracy or by F1.

A row counts as predicted positive if its score is at or above the threshold. Only thresholds that can be had are
looked at: rows with equal scores are never separated. Of equally good thresholds the highest is taken.

Legend: N rows, T different scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.evaluation.metrics.labelled_scores import Cuts


@final
@dataclass(frozen=True, slots=True)
class BestAccuracy:
    """The best accuracy and how to reach it.

    Args:
        accuracy: Share of rows predicted right, in [0, 1].
        threshold: Scores at or above it (at or below it, where less is better) are predicted 1.
    """

    accuracy: float
    threshold: float


@final
@dataclass(frozen=True, slots=True)
class BestF1:
    """The best F1 and how to reach it.

    Args:
        f1: Harmonic mean of precision and recall, in [0, 1].
        precision: Share of label 1 among the rows predicted 1.
        recall: Share of rows predicted 1 among those with label 1.
        threshold: Scores at or above it (at or below it, where less is better) are predicted 1.
    """

    f1: float
    precision: float
    recall: float
    threshold: float


def best_accuracy(scores: Any, labels: Any, *, greater_is_better: bool = True) -> BestAccuracy:
    """Find the threshold with which most rows are predicted right.

    Args:
        scores: A score for each row, (N,), finite, at least one.
        labels: 0 or 1 for each row, (N,).
        greater_is_better: Whether larger scores speak for label 1; False for distances.

    Returns:
        Accuracy and threshold. Where it is best to predict 1 for no row at all, the threshold is the float next to
        the best score; where it is best to predict 1 for every row, it is the worst score.

    Raises:
        InputError: If there are no rows, a score is not finite, or a label is not 0 or 1.
        ShapeError: If the lengths differ.

    Example:
        >>> best_accuracy([0.9, 0.5, 0.1], [1, 1, 0])
        BestAccuracy(accuracy=1.0, threshold=0.3)
    """
    cuts = _cuts(scores, labels, greater_is_better)
    right_T = 2 * cuts.true_T - cuts.predicted_T + cuts.rows - cuts.positives
    best, none = int(right_T.argmax()), cuts.rows - cuts.positives
    if none >= right_T[best]:
        return BestAccuracy(none / cuts.rows, _signed(float(np.nextafter(cuts.scores_T[0], np.inf)), greater_is_better))
    return BestAccuracy(float(right_T[best] / cuts.rows), _signed(cuts.threshold(best), greater_is_better))


def best_f1(scores: Any, labels: Any, *, greater_is_better: bool = True) -> BestF1:
    r"""Find the threshold with the largest F1, $\frac{2 P R}{P + R}$ of precision P and recall R.

    Args:
        scores: A score for each row, (N,), finite, at least one.
        labels: 0 or 1 for each row, (N,).
        greater_is_better: Whether larger scores speak for label 1; False for distances.

    Returns:
        F1, precision, recall and threshold. Without a row with label 1 all are 0: nothing can be found.

    Raises:
        InputError: If there are no rows, a score is not finite, or a label is not 0 or 1.
        ShapeError: If the lengths differ.

    Example:
        >>> best_f1([0.9, 0.5, 0.1], [1, 0, 1])
        BestF1(f1=0.8, precision=0.666..., recall=1.0, threshold=0.1)
    """
    return best_f1_of_cuts(_cuts(scores, labels, greater_is_better), greater_is_better=greater_is_better)


def best_f1_of_cuts(cuts: Cuts, *, total: int | None = None, greater_is_better: bool = True) -> BestF1:
    """The same for scores in order.

    Args:
        cuts: The scores.
        total: Number of rows with label 1, if there are more than have a score.
        greater_is_better: As in `best_f1`.

    Returns:
        F1, precision, recall and threshold.
    """
    positives = cuts.positives if total is None else total
    if not cuts.positives:
        return BestF1(0.0, 0.0, 0.0, 0.0)
    f1_T: NDArray[np.float64] = 2 * cuts.true_T / (cuts.predicted_T + positives)
    best = int(f1_T.argmax())
    return BestF1(
        f1=float(f1_T[best]),
        precision=float(cuts.true_T[best] / cuts.predicted_T[best]),
        recall=float(cuts.true_T[best] / positives),
        threshold=_signed(cuts.threshold(best), greater_is_better),
    )


def _cuts(scores: Any, labels: Any, greater_is_better: bool) -> Cuts:
    values = np.asarray(scores, np.float64)
    return Cuts.of(values if greater_is_better else -values, labels)


def _signed(threshold: float, greater_is_better: bool) -> float:
    return threshold if greater_is_better else 0.0 - threshold
