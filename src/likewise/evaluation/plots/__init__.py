"""Pictures of evaluations, as PNG or SVG: one kind per file, each a function of numbers and the path of a file.

Here: `draw_precision_recall`, `draw_score_histograms` and `draw_dimension_curve`; `figure.py` makes and writes figures.
Evaluators that have pictures draw them with `save_plots`. matplotlib is imported when something is drawn.
Not here: models, evaluators, the pictures of a training run (`likewise.training.plot`).
"""

from __future__ import annotations

from likewise.evaluation.plots.dimension_curve import draw_dimension_curve
from likewise.evaluation.plots.precision_recall import draw_precision_recall
from likewise.evaluation.plots.score_histogram import draw_score_histograms

__all__ = ["draw_dimension_curve", "draw_precision_recall", "draw_score_histograms"]
