"""The picture of precision against recall at every threshold. Knows scores and labels, not where they come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from likewise.evaluation.metrics.labelled_scores import Cuts
from likewise.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall_curve
from likewise.evaluation.metrics.score_average_precision import average_precision_of_scores
from likewise.evaluation.metrics.threshold import best_f1_of_cuts
from likewise.evaluation.plots.figure import checked_file, new_figure, save_figure
from likewise.evaluation.plots.scores_by_name import checked_scores

_MOST_POINTS = 2000


def draw_precision_recall(
    scores: Any, labels: Any, path: str | os.PathLike[str], *, total: int | None = None, title: str = ""
) -> Path:
    """Draw precision against recall, with the average precision of each curve and its point of the best F1.

    Args:
        scores: A score for each pair, larger for pairs that belong together, (N,); or name to such scores, each a
            curve. Distances are given negative.
        labels: 1 for pairs that belong together, at least one of them, and 0 for others, (N,).
        path: File to write; the ending says the format, ".png" or ".svg".
        total: Number of pairs that belong together, if there are more than have a score; None counts the labels.
        title: Put above; "" for none.

    Returns:
        The path.

    Raises:
        InputError: If no label is 1, a score is not finite, a label is not 0 or 1, or the format is unknown.
        ShapeError: If the lengths differ.
        MissingDependencyError: If matplotlib is not installed.
        OutputError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> draw_precision_recall([0.9, 0.6, 0.2], [1, 1, 0], folder / "curve.svg").name
        'curve.svg'
    """
    file = checked_file(path)
    by_name, truth = checked_scores(scores, labels)
    curves = {name: precision_recall_curve(values, truth, total=total) for name, values in by_name.items()}
    figure = new_figure(6, 5)
    axes = figure.add_subplot()
    for name, values in by_name.items():
        average = average_precision_of_scores(values, truth, total=total)
        recall, precision = steps_of(curves[name])
        label = f"{name}, AP {average:.3f}" if name else f"AP {average:.3f}"
        (line,) = axes.step(recall, precision, where="pre", label=label)
        best = best_f1_of_cuts(Cuts.of(values, truth), total=total)
        if best.f1:
            axes.plot(best.recall, best.precision, "o", color=line.get_color(), label=f"best F1 {best.f1:.3f}")
    if total is None:
        axes.axhline(float(truth.mean()), color="gray", linestyle=":", label=f"chance {truth.mean():.3f}")
    axes.set(xlabel="Recall", ylabel="Precision", xlim=(0, 1.02), ylim=(0, 1.02), title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="lower left")
    return save_figure(figure, file)


def steps_of(curve: PrecisionRecall) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The points of a curve that can be told apart in a picture: never more than some thousand, the ends among them.

    Args:
        curve: The curve.

    Returns:
        (recall from 0, precision); the precision of a point holds back to the point before.

    Example:
        >>> recall, precision = steps_of(precision_recall_curve([3, 2, 1], [1, 0, 1]))
        >>> recall.tolist(), precision.round(2).tolist()
        ([0.0, 0.5, 0.5, 1.0], [1.0, 1.0, 0.5, 0.67])
    """
    recall, precision = curve.recall_T, curve.precision_T
    if len(recall) > _MOST_POINTS:
        even = np.searchsorted(recall, np.linspace(0, recall[-1], _MOST_POINTS - 1))
        kept = np.unique(np.append(even, len(recall) - 1))
        recall, precision = recall[kept], precision[kept]
    return np.append(0.0, recall), np.append(precision[0], precision)
