"""The picture of how scores of pairs that belong together, and of others, are spread. Knows scores and labels only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.plots.figure import checked_file, new_figure, save_figure
from likewise.evaluation.plots.scores_by_name import checked_scores

_BINS = 50


def draw_score_histograms(
    scores: Any,
    labels: Any,
    path: str | os.PathLike[str],
    *,
    thresholds: float | Mapping[str, float] | None = None,
    title: str = "",
) -> Path:
    """Draw how scores are spread, by label, with the chosen threshold.

    Args:
        scores: A score or distance for each pair, (N,); or name to such scores, each a histogram of its own.
        labels: 1 for pairs that belong together and 0 for others, (N,).
        path: File to write; the ending says the format, ".png" or ".svg".
        thresholds: The chosen threshold, in units of the scores; or name to threshold; None for none.
        title: Put above; "" for none.

    Returns:
        The path.

    Raises:
        InputError: If a score or threshold is not finite, a label is not 0 or 1, a threshold is for a name without
            scores, or the format is unknown.
        ShapeError: If the lengths differ.
        MissingDependencyError: If matplotlib is not installed.
        OutputError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> draw_score_histograms([0.9, 0.6, 0.2], [1, 1, 0], folder / "scores.png", thresholds=0.4).name
        'scores.png'
    """
    file = checked_file(path)
    by_name, truth = checked_scores(scores, labels)
    chosen = _checked_thresholds(thresholds, list(by_name))
    figure = new_figure(7, 3.2 * len(by_name))
    figure.suptitle(title)
    for place, (name, values) in enumerate(by_name.items(), 1):
        axes = figure.add_subplot(len(by_name), 1, place)
        edges = np.histogram_bin_edges(values, _BINS)
        for label, color in ((0, "tab:orange"), (1, "tab:blue")):
            own = values[truth == label]
            if len(own):
                shares = np.full(len(own), 1 / len(own))
                axes.hist(
                    own, edges, weights=shares, alpha=0.55, color=color, label=f"label {label}, {len(own):,} pairs"
                )
        if name in chosen:
            axes.axvline(chosen[name], color="black", linestyle="--", label=f"threshold {chosen[name]:.3f}")
        axes.set(xlabel=name or "Score", ylabel="Share of the pairs")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    return save_figure(figure, file)


def _checked_thresholds(given: float | Mapping[str, float] | None, names: list[str]) -> dict[str, float]:
    if given is None:
        return {}
    chosen = dict(given) if isinstance(given, Mapping) else dict.fromkeys(names, given)
    for name, value in chosen.items():
        if name not in names:
            raise InputError(f"a threshold for {name!r}", accepted=f"one for some of {names}")
        if not np.isfinite(value):
            raise InputError(f"threshold {value}", accepted="a finite number")
    return {name: float(value) for name, value in chosen.items()}
