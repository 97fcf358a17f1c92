"""Correlation of scores with gold scores: Pearson, and Spearman with average ranks for ties.

Legend: N rows.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.metrics.labelled_scores import Floats, check_scores

_logger = logging.getLogger(__name__)


def pearson(scores: Any, gold: Any) -> float:
    r"""Pearson's product-moment correlation.

    $\frac{\sum (x - \bar x)(y - \bar y)}{\lVert x - \bar x \rVert \lVert y - \bar y \rVert}$.

    Args:
        scores: What is judged, (N,), finite.
        gold: What it is judged by, (N,), finite, at least two different values.

    Returns:
        A value in [-1, 1]. Scores that are all equal have no correlation with anything: that gives 0.0 and a warning
        in the log, so that the training of a collapsed model goes on and its metrics stay numbers.

    Raises:
        InputError: If gold scores are all equal (no scores could be told from others by them), or a value is NaN or
            infinite.
        ShapeError: If the lengths differ.

    Example:
        >>> pearson([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
        0.981...

    Reference:
        Pearson, "Notes on regression and inheritance in the case of two parents", 1895.
    """
    truth = check_gold(gold)
    values = check_scores(scores, len(truth))
    return 0.0 if _constant(values) else _product_moment(values, truth)


def spearman(scores: Any, gold: Any) -> float:
    """Spearman's rank correlation: Pearson's of the ranks, equal values having the mean of their ranks.

    Args:
        scores: What is judged, (N,), finite.
        gold: What it is judged by, (N,), finite, at least two different values.

    Returns:
        A value in [-1, 1]; 0.0 and a warning for scores that are all equal, see `pearson`.

    Raises:
        InputError: If gold scores are all equal, or a value is NaN or infinite.
        ShapeError: If the lengths differ.

    Example:
        >>> spearman([0.1, 0.5, 0.9], [1, 2, 2])
        0.866...

    Reference:
        Spearman, "The proof and measurement of association between two things", 1904.
    """
    truth = check_gold(gold)
    values = check_scores(scores, len(truth))
    return 0.0 if _constant(values) else _product_moment(average_ranks(values), average_ranks(truth))


def average_ranks(values: Any) -> Floats:
    """Rank of each value, from 1 for the smallest; equal values have the mean of the ranks that they fill.

    Args:
        values: Numbers without NaN, (N,).

    Returns:
        Ranks, (N,).

    Example:
        >>> average_ranks([10, 30, 30, 20])
        array([1. , 3.5, 3.5, 2. ])
    """
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    ranks: Floats = (count.cumsum() - (count - 1) / 2)[place]
    return ranks


def check_gold(gold: Any, name: str = "gold scores") -> Floats:
    """Check the scores that others are judged by: evaluators do so when they are made.

    Args:
        gold: Scores, (N,).
        name: What they are called, for messages.

    Returns:
        The scores, float64, (N,).

    Raises:
        InputError: If they are not finite, or all equal: correlation with a constant has no value.
        ShapeError: If there is not one axis.

    Example:
        >>> check_gold([0, 1])
        array([0., 1.])
    """
    truth = check_scores(gold, name=name)
    if len(truth) == 0 or (truth == truth[0]).all():
        what = f"all {len(truth)} are {truth[0]:g}" if len(truth) else "there are none"
        raise InputError(
            f"{name}: {what}",
            accepted="at least two different values: correlation with a constant has no value",
            fix="BinaryClassificationEvaluator, if these are classes; else pairs of several degrees of similarity",
        )
    return truth


def _constant(values: Floats) -> bool:
    if not (values == values[0]).all():
        return False
    _logger.warning("All %d scores are %g: they have no correlation, 0.0 is reported.", len(values), values[0])
    return True


def _product_moment(values: Floats, truth: Floats) -> float:
    return float(np.clip(_centred(values) @ _centred(truth), -1.0, 1.0))


def _centred(values: Floats) -> Floats:
    """Deviations from the mean, of length 1; scaled first, so that no square leaves the range of float64."""
    scaled = values / np.abs(values).max()
    deviations = scaled - scaled.mean()
    deviations /= np.abs(deviations).max()
    unit: Floats = deviations / np.linalg.norm(deviations)
    return unit
