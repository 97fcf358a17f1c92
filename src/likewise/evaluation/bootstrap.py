"""Confidence intervals by resampling: how much a metric would vary with other queries or rows of the same kind.

Knows values or rows and a statistic of them. Does not know metrics or evaluators.

Legend: N rows, B resamples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError, ShapeError

_INDICES_AT_ONCE = 2**20


@final
@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A statistic and the interval that resampling gives for it.

    Args:
        value: The statistic of all rows.
        low: Lower end.
        high: Upper end.
        level: Share of the resamples in between, such as 0.95.
    """

    value: float
    low: float
    high: float
    level: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def bootstrap(
    *columns: Any,
    statistic: Callable[..., float] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> ConfidenceInterval:
    """Percentile bootstrap: the statistic of many resamples of the rows, drawn with replacement.

    Args:
        *columns: One or several arrays of N rows each, such as the values of a metric for each query, or scores and
            gold scores. A row of one goes with the same row of the others.
        statistic: Function of the columns, in that order; None is the mean of a single column.
        level: Share of the resamples that the interval holds, between 0 and 1.
        resamples: How many to draw, at least 1.
        seed: Seed of the draws: the same one gives the same interval.

    Returns:
        The statistic and its interval.

    Raises:
        InputError: If there are no rows, the statistic gives NaN for a resample, or an argument is out of range.
        ShapeError: If columns differ in length, or there are several and no statistic.

    Example:
        >>> print(bootstrap([0.0, 1.0, 1.0, 1.0], seed=1))
        0.7500 [0.2500, 1.0000]

    Reference:
        Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979.
    """
    arrays = _checked(columns, level, resamples)
    if statistic is None and len(arrays) > 1:
        raise ShapeError(f"{len(arrays)} columns and no statistic", accepted="statistic=... of several columns")
    generator = np.random.default_rng(seed)
    rows = len(arrays[0])
    drawn_B = np.empty(resamples)
    step = max(1, _INDICES_AT_ONCE // rows)
    for first in range(0, resamples, step):
        picks_BN = generator.integers(0, rows, (min(step, resamples - first), rows))
        if statistic is None:
            drawn_B[first : first + step] = arrays[0][picks_BN].mean(1)
        else:
            drawn_B[first : first + step] = [statistic(*(array[picks] for array in arrays)) for picks in picks_BN]
    if not np.isfinite(drawn_B).all():
        raise InputError("the statistic of a resample is NaN or infinite", accepted="a statistic of any rows")
    low, high = np.quantile(drawn_B, [(1 - level) / 2, (1 + level) / 2])
    value = arrays[0].mean() if statistic is None else statistic(*arrays)
    return ConfidenceInterval(float(value), float(low), float(high), level)


def _checked(columns: tuple[Any, ...], level: float, resamples: int) -> list[np.ndarray[Any, Any]]:
    arrays = [np.asarray(column) for column in columns]
    lengths = {len(array) if array.ndim else 0 for array in arrays}
    if len(lengths) > 1:
        raise ShapeError(f"columns of {sorted(lengths)} rows", accepted="columns of the same length")
    if lengths in (set(), {0}):
        raise InputError("no rows to draw from", accepted="at least one row")
    if not 0 < level < 1:
        raise InputError(f"level={level}", accepted="a number between 0 and 1", fix="level=0.95")
    if resamples < 1:
        raise InputError(f"resamples={resamples}", accepted="at least 1", fix="resamples=1000")
    return arrays
