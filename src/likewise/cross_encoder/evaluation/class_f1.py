"""F1 over several classes: macro, micro and weighted. Does not know scores.

Legend: N rows, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import ShapeError


@final
@dataclass(frozen=True, slots=True)
class ClassF1:
    """F1 over classes that are right or predicted somewhere.

    Args:
        macro: Mean over classes.
        micro: Of all rows together, which is the accuracy.
        weighted: Mean over classes, weighted by how often they are right.
    """

    macro: float
    micro: float
    weighted: float


def class_f1(predicted: Any, labels: Any) -> ClassF1:
    r"""F1 of each class, $\frac{2 TP}{2 TP + FP + FN}$, put together in three ways.

    Args:
        predicted: Class of each row, integers (N,).
        labels: What is right, integers (N,), at least one.

    Returns:
        The three.

    Raises:
        ShapeError: If the lengths differ or are 0.

    Example:
        >>> class_f1([0, 1, 1], [0, 1, 2])
        ClassF1(macro=0.555..., micro=0.666..., weighted=0.555...)

    Reference:
        scikit-learn, `f1_score`, has the same definitions.
    """
    said, true = np.asarray(predicted), np.asarray(labels)
    if said.shape != true.shape or not len(true):
        raise ShapeError(f"{len(said)} predictions for {len(true)} labels", accepted="one for each, at least one")
    classes_C = np.union1d(said, true)
    hits_C = np.array([((said == each) & (true == each)).sum() for each in classes_C])
    right_C = np.array([(true == each).sum() for each in classes_C])
    said_C = np.array([(said == each).sum() for each in classes_C])
    f1_C = 2 * hits_C / (said_C + right_C)
    return ClassF1(float(f1_C.mean()), float((said == true).mean()), float(f1_C @ right_C / len(true)))
