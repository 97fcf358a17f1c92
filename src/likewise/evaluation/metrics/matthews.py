"""Matthews correlation coefficient of two binary labellings. Does not know scores."""

from __future__ import annotations

import math
from typing import Any

from likewise.errors import ShapeError
from likewise.evaluation.metrics.labelled_scores import check_labels


def matthews_correlation(predicted: Any, labels: Any) -> float:
    r"""Correlation of predicted and true labels, each read as 0 or 1.

    $\frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}$.

    Args:
        predicted: 0 or 1 for each row, (N,).
        labels: 0 or 1 for each row, (N,).

    Returns:
        A value in [-1, 1]; 0 where either side is constant, for then the one says nothing about the other.

    Raises:
        InputError: If a label is neither 0 nor 1.
        ShapeError: If the lengths differ.

    Example:
        >>> matthews_correlation([1, 1, 0, 0], [1, 0, 0, 0])
        0.577...

    Reference:
        Matthews, "Comparison of the predicted and observed secondary structure of T4 phage lysozyme", 1975.
    """
    said, true = check_labels(predicted), check_labels(labels)
    if len(said) != len(true):
        raise ShapeError(f"{len(said)} predictions for {len(true)} labels", accepted="one prediction for each label")
    rows, both, ones, positives = len(true), int((said & true).sum()), int(said.sum()), int(true.sum())
    # In whole numbers of any size: products of counts overflow early.
    spread = ones * (rows - ones) * positives * (rows - positives)
    return (both * rows - ones * positives) / math.sqrt(spread) if spread else 0.0
