"""`BinaryClassificationEvaluator`: how well similarities tell pairs that belong together from those that do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.errors import InputError
from likewise.evaluation.arguments import LabelledTexts, checked_functions, checked_texts, columns_of, functions_of
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import MODELS_OWN
from likewise.evaluation.evaluator import SentenceEvaluator
from likewise.evaluation.metrics.labelled_scores import check_labels
from likewise.evaluation.metrics.matthews import matthews_correlation
from likewise.evaluation.metrics.score_average_precision import average_precision_of_scores
from likewise.evaluation.metrics.threshold import best_accuracy, best_f1
from likewise.evaluation.pair_scores import DISTANCES, pair_scores
from likewise.evaluation.plots.figure import checked_format, require_plots
from likewise.evaluation.plots.precision_recall import draw_precision_recall
from likewise.evaluation.plots.score_histogram import draw_score_histograms
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample

Array = np.ndarray[Any, Any]
_METRICS = ("accuracy", "accuracy_threshold", "f1", "f1_threshold", "precision", "recall", "ap", "mcc")
_CSV_ORDER = ("accuracy", "accuracy_threshold", "f1", "precision", "recall", "f1_threshold", "ap", "mcc")


@final
class BinaryClassificationEvaluator(SentenceEvaluator):
    """How well the similarity of two texts tells whether they belong together, at the best threshold.

    The metrics are, by function: `<function>_accuracy` and `_f1`, each at its best threshold, `_accuracy_threshold`,
    `_f1_threshold`, `_precision`, `_recall` and `_mcc` (Matthews correlation) at the threshold of the best F1, and
    `_ap` (average precision), which is the primary one. Thresholds of "euclidean" and "manhattan" are distances: pairs
    up to them belong together.

    With several functions, `max_<metric>` is the largest value of each metric. That also holds for thresholds, whose
    largest value is not the threshold of the best function: use that of the function itself.

    Args:
        sentences1: N texts.
        sentences2: N texts to compare them with.
        labels: N numbers: 1 for pairs that belong together, at least one of them, and 0 for others.
        name: Put before the metrics and into the name of the file.
        batch_size: Most texts of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown.
        write_csv: Whether a row is added to `binary_classification_evaluation[_name]_results.csv`.
        truncate_dim: Width to which embeddings are cut; None takes the model's.
        similarity_fn_names: "cosine", "dot", "euclidean", "manhattan"; None takes the model's.

    Raises:
        InputError: If a label is not 0 or 1, none is 1, or a function is unknown.
        ShapeError: If the lengths differ.

    Example:
        >>> from likewise import SentenceTransformer
        >>> left, right = ["A man eats.", "It rains.", "A dog runs."], ["Someone eats.", "Rain falls.", "I like tea."]
        >>> metrics = BinaryClassificationEvaluator(left, right, [1, 1, 0])(SentenceTransformer("likewise-mini"))
        >>> metrics["cosine_ap"], metrics["cosine_accuracy"]
        (1.0, 1.0)
    """

    def __init__(
        self,
        sentences1: Any,
        sentences2: Any,
        labels: Sequence[int],
        name: str = "",
        batch_size: int | None = 32,
        show_progress_bar: bool = False,
        write_csv: bool = True,
        truncate_dim: int | None = None,
        similarity_fn_names: Any = None,
    ) -> None:
        self.sentences1, self.sentences2, given = checked_texts(
            sentences1=sentences1, sentences2=sentences2, labels=labels
        )
        self.labels = _labels(given)
        self.similarity_fn_names = checked_functions(similarity_fn_names)
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.truncate_dim = truncate_dim
        self.csv_file = f"binary_classification_evaluation{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)
        if self.similarity_fn_names:
            self.primary_metric = _primary(self.similarity_fn_names)

    @classmethod
    def from_input_examples(cls, examples: list[LabelledTexts], **kwargs: Any) -> BinaryClassificationEvaluator:
        """Make one from examples of two texts and a label.

        Args:
            examples: `InputExample` objects.
            **kwargs: Further arguments of the constructor.

        Returns:
            The evaluator.
        """
        (first, second), labels = columns_of(examples, 2)
        return cls(first, second, labels, **kwargs)

    def __call__(
        self, model: EvaluatedModel, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The metrics by function.
        """
        found = self.compute_metrics(model)
        self.primary_metric = _primary(list(found))
        metrics = {f"{name}_{key}": value for name, values in found.items() for key, value in values.items()}
        if len(found) > 1:
            first = next(iter(found.values()))
            metrics |= {f"max_{key}": max(values[key] for values in found.values()) for key in first}
        row = {f"{name}_{key}": values[key] for name, values in found.items() for key in _CSV_ORDER}
        self._report.append(output_path, epoch=epoch, steps=steps, row=row)
        return self.finish(model, metrics, epoch=epoch, steps=steps)

    def compute_metrics(self, model: EvaluatedModel) -> dict[str, dict[str, float]]:
        """Compute the metrics of each similarity function.

        Args:
            model: The model.

        Returns:
            Function to metrics by their short names.
        """
        return {name: self.metrics_of(name, found, self.labels) for name, found in self.similarities(model).items()}

    compute_metrices = compute_metrics

    def similarities(self, model: EvaluatedModel) -> dict[str, Array]:
        """The similarity that a model gives each pair.

        Args:
            model: The model.

        Returns:
            Function to float32 [N]; distances are negative.
        """
        # One call for both: a text that stands twice, as in all pairs of a few texts, is encoded once.
        embeddings = self.embed_inputs(
            model,
            [*self.sentences1, *self.sentences2],
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            truncate_dim=self.truncate_dim,
        )
        names = functions_of(model, self.similarity_fn_names, None)
        return pair_scores(embeddings[: len(self.sentences1)], embeddings[len(self.sentences1) :], names)

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """For each function, similarities and labels; the thresholds are those of each draw."""

        def metrics(name: str) -> Callable[..., dict[str, float]]:
            def statistic(scores: Array, labels: Array) -> dict[str, float]:
                if labels.any():
                    found = self.metrics_of(name, scores, labels)
                    return {key: value for key, value in found.items() if not key.endswith("_threshold")}
                # A draw from a few rows may hold no 1: then it is right to find nothing.
                return {"accuracy": 1.0, "f1": 0.0, "precision": 0.0, "recall": 0.0, "ap": 0.0, "mcc": 0.0}

            return statistic

        return {
            name: MetricSample((similarities, self.labels.astype(bool)), several=metrics(name))
            for name, similarities in self.similarities(model).items()
        }

    def save_plots(self, model: EvaluatedModel, folder: str | os.PathLike[str], file_format: str = "png") -> list[Path]:
        """Draw precision against recall, and how scores are spread, with the threshold of the best F1.

        Args:
            model: The model.
            folder: Where the files go; made if need be.
            file_format: "png" or "svg".

        Returns:
            `binary_classification_evaluation[_name]_precision_recall.<format>` and `..._scores.<format>`.

        Raises:
            InputError: If the format is unknown.
            MissingDependencyError: If matplotlib is not installed.
            OutputError: If a file cannot be written.
        """
        ending = checked_format(file_format)
        require_plots()
        found = self.similarities(model)
        stem = Path(folder) / self.csv_file.removesuffix("_results.csv")
        shown = {name: -scores if name in DISTANCES else scores for name, scores in found.items()}
        thresholds = {
            name: best_f1(scores, self.labels, greater_is_better=name not in DISTANCES).threshold
            for name, scores in shown.items()
        }
        return [
            draw_precision_recall(found, self.labels, f"{stem}_precision_recall.{ending}", title=self.name),
            draw_score_histograms(
                shown, self.labels, f"{stem}_scores.{ending}", thresholds=thresholds, title=self.name
            ),
        ]

    @classmethod
    def metrics_of(cls, name: str, similarities: Array, labels: Array) -> dict[str, float]:
        """The metrics of one similarity function.

        Args:
            name: The function; of distances, thresholds are given as distances.
            similarities: [N]; distances are negative.
            labels: 0 or 1, [N].

        Returns:
            Metric to value.
        """
        higher = name not in DISTANCES
        scores = similarities if higher else -similarities
        accuracy, accuracy_threshold = cls.find_best_acc_and_threshold(scores, labels, higher)
        f1, precision, recall, f1_threshold = cls.find_best_f1_and_threshold(scores, labels, higher)
        predicted = scores >= f1_threshold if higher else scores <= f1_threshold
        return {
            "accuracy": accuracy,
            "accuracy_threshold": accuracy_threshold,
            "f1": f1,
            "f1_threshold": f1_threshold,
            "precision": precision,
            "recall": recall,
            "ap": average_precision_of_scores(similarities, labels),
            "mcc": matthews_correlation(predicted, labels),
        }

    @staticmethod
    def find_best_acc_and_threshold(scores: Any, labels: Any, high_score_more_similar: bool) -> tuple[float, float]:
        """Find the threshold at which most pairs are told apart rightly.

        Args:
            scores: Similarities or distances, [N].
            labels: 0 or 1, [N].
            high_score_more_similar: True for similarities, False for distances.

        Returns:
            (accuracy, threshold).

        Example:
            >>> BinaryClassificationEvaluator.find_best_acc_and_threshold([0.1, 0.4, 0.8], [0, 0, 1], True)
            (1.0, 0.6...)
        """
        found = best_accuracy(scores, labels, greater_is_better=high_score_more_similar)
        return found.accuracy, found.threshold

    @staticmethod
    def find_best_f1_and_threshold(
        scores: Any, labels: Any, high_score_more_similar: bool
    ) -> tuple[float, float, float, float]:
        """Find the threshold of the best F1, the harmonic mean of precision and recall.

        Args:
            scores: Similarities or distances, [N].
            labels: 0 or 1, [N].
            high_score_more_similar: True for similarities, False for distances.

        Returns:
            (F1, precision, recall, threshold).

        Example:
            >>> BinaryClassificationEvaluator.find_best_f1_and_threshold([0.1, 0.4, 0.8], [0, 0, 1], True)
            (1.0, 1.0, 1.0, 0.6...)
        """
        found = best_f1(scores, labels, greater_is_better=high_score_more_similar)
        return found.f1, found.precision, found.recall, found.threshold

    @property
    def description(self) -> str:
        """What is evaluated, in words."""
        return "Binary Classification"

    def similarity_names(self) -> list[str]:
        """The similarity functions."""
        return self.similarity_fn_names or [MODELS_OWN]

    def metric_names(self) -> list[str]:
        """The metrics of each function, and the largest of several."""
        groups = self.similarity_names()
        return [f"{name}_{key}" for name in (groups if len(groups) == 1 else [*groups, "max"]) for key in _METRICS]

    def data_sizes(self) -> dict[str, int]:
        """How many pairs there are, and how many of them belong together."""
        return {"pairs": len(self.labels), "of them positive": int(self.labels.sum())}

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that differ from the usual."""
        return {} if self.truncate_dim is None else {"truncate_dim": self.truncate_dim}


def _labels(given: Sequence[Any]) -> Array:
    labels = check_labels(given).astype(np.int64)
    if not labels.any():
        raise InputError(
            f"all {len(labels):,} labels are 0: precision and recall are not defined", accepted="at least one 1"
        )
    return labels


def _primary(names: Sequence[str]) -> str:
    return f"{names[0] if len(names) == 1 else 'max'}_ap"
