"""`CrossEncoderClassificationEvaluator`: how well scores tell classes of pairs apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from likewise.cross_encoder.evaluation.class_f1 import class_f1
from likewise.cross_encoder.evaluation.pair_evaluator import PairEvaluator
from likewise.cross_encoder.evaluation.scoring import Floats, checked_classes, predicted_classes
from likewise.errors import InputError
from likewise.evaluation.metrics import average_precision_of_scores, best_accuracy, best_f1
from likewise.evaluation.sample import MetricSample

_CSV = {
    "accuracy": "Accuracy",
    "accuracy_threshold": "Accuracy_Threshold",
    "f1": "F1",
    "f1_threshold": "F1_Threshold",
    "precision": "Precision",
    "recall": "Recall",
    "average_precision": "Average_Precision",
    "f1_macro": "Macro_F1",
    "f1_micro": "Micro_F1",
    "f1_weighted": "Weighted_F1",
}


def binary_metrics(scores: Floats, labels: Any) -> dict[str, float]:
    """Metrics of a model of one output, at the best thresholds.

    Args:
        scores: [N].
        labels: 0 or 1, at least one of them, [N].

    Returns:
        `accuracy`, `accuracy_threshold`, `f1`, `f1_threshold`, `precision`, `recall` and `average_precision`.

    Raises:
        InputError: If a label is not 0 or 1, or none is 1.

    Example:
        >>> binary_metrics(np.array([0.9, 0.2]), [1, 0])["average_precision"]
        1.0
    """
    precision = average_precision_of_scores(scores, labels)
    by_accuracy, by_f1 = best_accuracy(scores, labels), best_f1(scores, labels)
    return {
        "accuracy": by_accuracy.accuracy,
        "accuracy_threshold": by_accuracy.threshold,
        "f1": by_f1.f1,
        "f1_threshold": by_f1.threshold,
        "precision": by_f1.precision,
        "recall": by_f1.recall,
        "average_precision": precision,
    }


@final
class CrossEncoderClassificationEvaluator(PairEvaluator):
    """How well scores tell apart pairs of different classes.

    For a model of one output, labels are 0 and 1, and the metrics `accuracy` and `f1`, each at its best threshold,
    `accuracy_threshold`, `f1_threshold`, `precision` and `recall` at the latter, and `average_precision`, the primary
    one. For a model of several outputs, labels are classes, and the metrics `f1_macro` (primary), `f1_micro` (which is
    the accuracy) and `f1_weighted` of the largest output.

    Args:
        sentence_pairs: N pairs of texts.
        labels: N classes, integers from 0.
        name: Put before the metrics and into the name of the file.
        prompt_name: Name of a prompt of the model, put before the pairs.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.
        write_csv: Whether a row is added to `CrossEncoderClassificationEvaluator[_name]_results.csv`.

    Raises:
        InputError: If a label is not an integer of at least 0.
        ShapeError: If the lengths differ.

    Example:
        >>> evaluator = CrossEncoderClassificationEvaluator([["a", "b"], ["a", "c"]], [1, 0], name="dev")
        >>> print(evaluator.describe().task)
        Cross Encoder Classification
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Sequence[int],
        *,
        name: str = "",
        prompt_name: str | None = None,
        batch_size: int | None = 32,
        show_progress_bar: bool | None = None,
        write_csv: bool = True,
    ) -> None:
        super().__init__(
            sentence_pairs,
            labels,
            name=name,
            batch_size=batch_size,
            show_progress_bar=show_progress_bar,
            write_csv=write_csv,
            prompt_name=prompt_name,
        )
        self.labels = checked_classes(self._given)

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            Metric to value.

        Raises:
            InputError: If a label is not one that the model can predict.
        """
        metrics = self.compute_metrics(model)
        self.primary_metric = "average_precision" if "average_precision" in metrics else "f1_macro"
        row = {_CSV[name]: value for name, value in metrics.items()}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def compute_metrics(self, model: Any) -> dict[str, float]:
        """Compute the metrics without writing or noting them anywhere.

        Args:
            model: The model.

        Returns:
            Metric to value.
        """
        scores = self.scores(model)
        return self._metrics_of(scores, self.labels)

    def metric_samples(self, model: Any) -> dict[str, MetricSample]:
        """Scores and labels; the thresholds are those of each draw."""
        scores = self.scores(model)
        names = [name for name in self._metrics_of(scores, self.labels) if not name.endswith("_threshold")]

        def statistic_of(name: str) -> Any:
            # A draw from a few rows may hold no 1: nothing can be found in it.
            return lambda scores, labels: self._metrics_of(scores, labels)[name] if labels.any() else 0.0

        return {name: MetricSample((scores, self.labels), statistic_of(name)) for name in names}

    def _metrics_of(self, scores: Floats, labels: Any) -> dict[str, float]:
        if scores.ndim == 1:
            if labels.max() > 1:
                raise InputError(f"label {labels.max()} for a model of 1 output", accepted="0 and 1")
            return binary_metrics(scores, labels)
        found = class_f1(predicted_classes(scores, labels), labels)
        return {"f1_macro": found.macro, "f1_micro": found.micro, "f1_weighted": found.weighted}

    def data_sizes(self) -> dict[str, int]:
        """How many pairs and classes there are."""
        return {"pairs": len(self.labels), "classes": len(np.unique(self.labels))}
