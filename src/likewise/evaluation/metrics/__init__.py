"""Metrics: pure functions of numpy arrays, each from its definition, one concept per file.

Here: rankings (`cutoff`, `reciprocal_rank`, `average_precision`, `ndcg`, `tied_ranking`), scores against binary labels
(`score_average_precision`, `precision_recall`, `threshold`, `matthews`) and correlation (`correlation`). Rankings give
one value for each query, so that means and confidence intervals (`likewise.evaluation.bootstrap`) are the caller's.
Not here: models, names of metrics, reports. Nothing here gives NaN: a case without a defined value is an error, or has
a value that the function documents.
"""

from __future__ import annotations

from likewise.evaluation.metrics.average_precision import average_precision_at_k
from likewise.evaluation.metrics.correlation import pearson, spearman
from likewise.evaluation.metrics.cutoff import accuracy_at_k, precision_at_k, recall_at_k
from likewise.evaluation.metrics.matthews import matthews_correlation
from likewise.evaluation.metrics.ndcg import ndcg_at_k
from likewise.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall_curve
from likewise.evaluation.metrics.reciprocal_rank import reciprocal_rank_at_k
from likewise.evaluation.metrics.score_average_precision import average_precision_of_scores
from likewise.evaluation.metrics.threshold import BestAccuracy, BestF1, best_accuracy, best_f1
from likewise.evaluation.metrics.tied_ranking import tied_ndcg_at_k, tied_reciprocal_rank_at_k

__all__ = [
    "BestAccuracy",
    "BestF1",
    "PrecisionRecall",
    "accuracy_at_k",
    "average_precision_at_k",
    "average_precision_of_scores",
    "best_accuracy",
    "best_f1",
    "matthews_correlation",
    "ndcg_at_k",
    "pearson",
    "precision_at_k",
    "precision_recall_curve",
    "recall_at_k",
    "reciprocal_rank_at_k",
    "spearman",
    "tied_ndcg_at_k",
    "tied_reciprocal_rank_at_k",
]
