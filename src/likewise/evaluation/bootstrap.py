"""Confidence intervals by resampling: how much a metric would vary with other queries or rows of the same kind.

Knows values or rows and a statistic of them. Does not know metrics or evaluators.

Legend: N rows, B resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    strata: Any = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> ConfidenceInterval:
    """Percentile bootstrap: the statistic of many resamples of the rows, drawn with replacement.

    Args:
        *columns: One or several arrays of N rows each, such as the values of a metric for each query, or scores and
            gold scores. A row of one goes with the same row of the others.
        statistic: Function of the columns, in that order; None is the mean of a single column.
        strata: Number of the group of each row, (N,): rows are drawn within each group, so that every resample has as
            many of each group as there are, in the same places. None draws from all.
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
    drawn = []
    for picks_BN in _picks(len(arrays[0]), strata, resamples, seed):
        if statistic is None:
            drawn.append(arrays[0][picks_BN].mean(1))
        else:
            drawn.append(np.array([statistic(*(array[picks] for array in arrays)) for picks in picks_BN], np.float64))
    value = arrays[0].mean() if statistic is None else statistic(*arrays)
    return _interval(value, np.concatenate(drawn), level)


def bootstrap_each(
    *columns: Any,
    statistic: Callable[..., Mapping[str, float]],
    strata: Any = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, ConfidenceInterval]:
    """The same for a statistic of several numbers, computed once for each resample.

    Args:
        *columns: As in `bootstrap`.
        statistic: Function of the columns: name to number.
        strata: As in `bootstrap`.
        level: As in `bootstrap`.
        resamples: As in `bootstrap`.
        seed: As in `bootstrap`; each number has the interval that `bootstrap` gives it.

    Returns:
        Name to the number and its interval.

    Raises:
        InputError: As `bootstrap`.
        ShapeError: As `bootstrap`.

    Example:
        >>> rows = [0.0, 1.0, 1.0, 1.0]
        >>> found = bootstrap_each(rows, statistic=lambda drawn: {"mean": drawn.mean(), "most": drawn.max()})
        >>> print(found["most"])
        1.0000 [1.0000, 1.0000]
    """
    arrays = _checked(columns, level, resamples)
    whole = statistic(*arrays)
    drawn: dict[str, list[float]] = {name: [] for name in whole}
    for picks_BN in _picks(len(arrays[0]), strata, resamples, seed):
        for picks in picks_BN:
            for name, value in statistic(*(array[picks] for array in arrays)).items():
                drawn[name].append(value)
    return {name: _interval(value, np.array(drawn[name], np.float64), level) for name, value in whole.items()}


def _picks(rows: int, strata: Any, resamples: int, seed: int) -> Iterator[np.ndarray[Any, Any]]:
    """Rows of each resample, some resamples at a time."""
    groups = _groups(strata, rows)
    generator = np.random.default_rng(seed)
    step = max(1, _INDICES_AT_ONCE // rows)
    for first in range(0, resamples, step):
        yield _draw(generator, min(step, resamples - first), rows, groups)


def _interval(value: float, drawn_B: np.ndarray[Any, Any], level: float) -> ConfidenceInterval:
    if not np.isfinite(drawn_B).all():
        raise InputError("the statistic of a resample is NaN or infinite", accepted="a statistic of any rows")
    low, high = np.quantile(drawn_B, [(1 - level) / 2, (1 + level) / 2])
    return ConfidenceInterval(float(value), float(low), float(high), level)


def _groups(strata: Any, rows: int) -> list[np.ndarray[Any, Any]]:
    """Rows of each group."""
    if strata is None:
        return [np.arange(rows)]
    numbers = np.asarray(strata)
    if numbers.shape != (rows,):
        raise ShapeError(
            f"strata of shape {numbers.shape} for {rows} rows", accepted=f"({rows},): a group for each row"
        )
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]


def _draw(
    generator: np.random.Generator, resamples: int, rows: int, groups: list[np.ndarray[Any, Any]]
) -> np.ndarray[Any, Any]:
    if len(groups) == 1:
        return generator.integers(0, rows, (resamples, rows))
    picks_BN = np.empty((resamples, rows), np.int64)
    for group in groups:
        picks_BN[:, group] = group[generator.integers(0, len(group), (resamples, len(group)))]
    return picks_BN


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
