"""The rows that a metric is computed from, and the statistic of them. Knows no metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True, slots=True)
class MetricSample:
    """Rows to draw from, and what to compute from those drawn.

    Args:
        columns: One or several arrays of N rows.
        statistic: Function of the columns, in that order; None is the mean of a single column.
    """

    columns: tuple[Any, ...]
    statistic: Callable[..., float] | None = None
