"""What metrics of scores against binary labels are given, checked and put in order. Does not know any metric.

Legend: N rows, T different scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, ShapeError

Floats: TypeAlias = NDArray[np.float64]


def check_labels(labels: Any) -> NDArray[np.bool_]:
    """Check binary labels.

    Args:
        labels: 0 or 1 (or bool) for each row, (N,).

    Returns:
        The labels, bool, (N,).

    Raises:
        InputError: If a label is neither 0 nor 1.
        ShapeError: If there is not one axis.

    Example:
        >>> check_labels([0, 1.0])
        array([False,  True])
    """
    values = np.asarray(labels)
    if values.ndim != 1:
        raise ShapeError(f"labels of shape {values.shape}", accepted="one axis: a label for each row")
    if values.dtype != np.bool_:
        wrong = np.flatnonzero(~np.isin(values, (0, 1)))
        if wrong.size:
            row = int(wrong[0])
            raise InputError(f"label {values[row]} in row {row}", accepted="0 and 1", fix="labels = labels > 0")
    return values.astype(np.bool_)


def check_scores(scores: Any, count: int | None = None, name: str = "scores") -> Floats:
    """Check scores.

    Args:
        scores: Finite numbers, (N,).
        count: How many are expected; None takes any number.
        name: What they are called, for messages.

    Returns:
        The scores, float64, (N,).

    Raises:
        InputError: If one is NaN or infinite.
        ShapeError: If there is not one for each row.

    Example:
        >>> check_scores([1, 2])
        array([1., 2.])
    """
    values: Floats = np.asarray(scores, np.float64)
    if values.ndim != 1 or (count is not None and len(values) != count):
        accepted = "one axis" if count is None else f"({count},)"
        raise ShapeError(f"{name} of shape {values.shape}", accepted=accepted, fix="one number for each row")
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise InputError(f"{name}: {values[wrong[0]]} in row {wrong[0]}", accepted="finite numbers")
    return values


@final
@dataclass(frozen=True, slots=True)
class Cuts:
    """Every way to cut rows into those at or above a score and those below: one for each different score.

    Args:
        scores_T: The different scores, best first.
        predicted_T: Rows at or above each of them.
        true_T: Rows with label 1 among these.
        rows: All rows.
        positives: All rows with label 1.
    """

    scores_T: Floats
    predicted_T: NDArray[np.int64]
    true_T: NDArray[np.int64]
    rows: int
    positives: int

    @classmethod
    def of(cls, scores: Any, labels: Any) -> Cuts:
        """Put scores in order. Rows with equal scores are on the same side of every cut.

        Args:
            scores: A score for each row, larger for label 1, (N,), at least one.
            labels: 0 or 1 for each row, (N,).

        Returns:
            The cuts.

        Raises:
            InputError: If there are no rows, a score is not finite, or a label is not 0 or 1.
            ShapeError: If the lengths differ.
        """
        truth = check_labels(labels)
        values = check_scores(scores, len(truth))
        if not len(values):
            raise InputError("no scores", accepted="at least one score and its label")
        order = np.argsort(-values, kind="stable")
        values, truth = values[order], truth[order]
        last_T = np.flatnonzero(np.append(values[1:] != values[:-1], True))
        return cls(values[last_T], last_T + 1, truth.cumsum()[last_T], len(values), int(truth.sum()))

    def threshold(self, cut: int) -> float:
        """A score between the rows that a cut leaves on either side.

        Args:
            cut: Number of the cut.

        Returns:
            The mean of the two scores next to the cut; the lowest score of all, where no row is below it.
        """
        upper = float(self.scores_T[cut])
        if cut + 1 == len(self.scores_T):
            return upper
        lower = float(self.scores_T[cut + 1])
        middle = upper / 2 + lower / 2
        return middle if lower < middle <= upper else upper
