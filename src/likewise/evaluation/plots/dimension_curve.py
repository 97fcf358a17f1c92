"""The picture of a metric against the dimension to which embeddings are cut. Knows numbers, not models."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.errors import InputError
from likewise.evaluation.plots.figure import checked_file, new_figure, save_figure


def draw_dimension_curve(
    values: Mapping[int, float] | Mapping[str, Mapping[int, float]],
    path: str | os.PathLike[str],
    *,
    metric: str = "Metric",
    title: str = "",
) -> Path:
    """Draw how a metric grows with the dimension, as of a Matryoshka model.

    Args:
        values: Dimension to value, as `likewise.evaluation.dimensions.metric_by_dimension` gives it; or name, such as
            that of a model, to such values, each a curve.
        path: File to write; the ending says the format, ".png" or ".svg".
        metric: What the values are.
        title: Put above; "" for none.

    Returns:
        The path.

    Raises:
        InputError: If there are no values, one is not finite, a dimension is below 1, or the format is unknown.
        MissingDependencyError: If matplotlib is not installed.
        OutputError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> draw_dimension_curve({64: 0.78, 256: 0.81}, folder / "dimensions.png", metric="spearman_cosine").name
        'dimensions.png'
    """
    file = checked_file(path)
    curves = _checked(values)
    figure = new_figure(6.5, 4)
    axes = figure.add_subplot()
    for name, points in curves.items():
        axes.plot([dim for dim, _ in points], [value for _, value in points], marker="o", label=name)
    dims = sorted({dim for points in curves.values() for dim, _ in points})
    axes.set_xscale("log", base=2)
    axes.set_xticks(dims, labels=[str(dim) for dim in dims])
    axes.minorticks_off()
    axes.set(xlabel="Dimension", ylabel=metric, title=title)
    axes.grid(alpha=0.3)
    if any(curves):
        axes.legend(fontsize="small")
    return save_figure(figure, file)


def _checked(
    values: Mapping[int, float] | Mapping[str, Mapping[int, float]],
) -> dict[str, list[tuple[int, float]]]:
    """Name, "" for one without, to its points by growing dimension."""
    several = any(isinstance(value, Mapping) for value in values.values())
    by_name: dict[Any, Any] = dict(values) if several else {"": values}
    curves: dict[str, list[tuple[int, float]]] = {}
    for name, points in by_name.items():
        if not isinstance(points, Mapping) or not points:
            raise InputError(
                f"{points!r} for {name!r}" if name else f"values={points!r}", accepted="a dict from dimension to value"
            )
        for dim, value in points.items():
            if isinstance(dim, bool) or not isinstance(dim, int) or dim < 1:
                raise InputError(f"dimension {dim!r}", accepted="an integer of at least 1")
            if not math.isfinite(value):
                raise InputError(f"{value} at dimension {dim}", accepted="finite numbers")
        curves[str(name)] = sorted((dim, float(value)) for dim, value in points.items())
    return curves
