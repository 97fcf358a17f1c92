"""The rows that metrics are computed from, and the statistic of them. Knows no metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from likewise.evaluation.bootstrap import ConfidenceInterval, bootstrap, bootstrap_each


@final
@dataclass(frozen=True, slots=True)
class MetricSample:
    """Rows to draw from, and what to compute from those drawn.

    Args:
        columns: One or several arrays of N rows.
        statistic: Function of the columns, in that order; None is the mean of a single column.
        strata: Number of the group of each row; rows are drawn within each group. None draws from all.
        several: Function of the columns that gives several numbers by name, in the place of `statistic`.
    """

    columns: tuple[Any, ...]
    statistic: Callable[..., float] | None = None
    strata: Any = None
    several: Callable[..., Mapping[str, float]] | None = None

    def intervals(self, name: str, *, level: float, resamples: int, seed: int) -> dict[str, ConfidenceInterval]:
        """Draw and compute.

        Args:
            name: What the statistic is called.
            level: Share of the resamples that the intervals hold.
            resamples: How many to draw.
            seed: Seed of the draws.

        Returns:
            Name to interval; for several numbers, each with its own name behind that of the statistic.

        Example:
            >>> MetricSample(([1.0, 1.0],)).intervals("accuracy", level=0.95, resamples=10, seed=0)
            {'accuracy': ConfidenceInterval(value=1.0, low=1.0, high=1.0, level=0.95)}
        """
        settings: dict[str, Any] = {"strata": self.strata, "level": level, "resamples": resamples, "seed": seed}
        if self.several is None:
            return {name: bootstrap(*self.columns, statistic=self.statistic, **settings)}
        found = bootstrap_each(*self.columns, statistic=self.several, **settings)
        return {f"{name}_{key}": interval for key, interval in found.items()}
