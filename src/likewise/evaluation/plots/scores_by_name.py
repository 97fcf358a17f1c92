"""Scores of one or several functions against the same labels, checked. Knows names and numbers, not how they are drawn.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.evaluation.metrics.labelled_scores import Floats, check_labels, check_scores


def checked_scores(scores: Any, labels: Any) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """Check scores and labels of a picture.

    Args:
        scores: A score for each row, (N,), at least one; or name to such scores.
        labels: 0 or 1 for each row, (N,).

    Returns:
        (name to scores, "" for scores without a name; labels).

    Raises:
        InputError: If there are no rows or no scores, a score is not finite, or a label is not 0 or 1.
        ShapeError: If the lengths differ.

    Example:
        >>> checked_scores({"cosine": [0.5, 1]}, [0, 1])
        ({'cosine': array([0.5, 1. ])}, array([False,  True]))
    """
    truth = check_labels(labels)
    if not len(truth):
        raise InputError("no labels", accepted="at least one score and its label")
    by_name = scores if isinstance(scores, Mapping) else {"": scores}
    if not by_name:
        raise InputError("no scores", accepted="scores, or a dict from names to scores")
    return {
        str(name): check_scores(values, len(truth), f"scores of {name!r}" if name else "scores")
        for name, values in by_name.items()
    }, truth
