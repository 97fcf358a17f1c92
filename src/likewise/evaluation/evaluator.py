"""`SentenceEvaluator`, what all evaluators have in common: names of metrics, the model card, embedding.

Does not know any metric, and no model class.
"""

from __future__ import annotations

import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from likewise.errors import ConfigError
from likewise.evaluation.bootstrap import ConfidenceInterval, bootstrap
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.description import EvaluatorDescription
from likewise.evaluation.embedding import embed
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample

_logger = logging.getLogger(__name__)


class SentenceEvaluator(ABC):
    """Base of all evaluators: a callable that takes a model and gives its metrics.

    A subclass implements `__call__`. It sets `primary_metric` to the key of the result by which models are compared
    (during training, which checkpoint is best), and `greater_is_better` to False where less is better.

    Example:
        >>> class Width(SentenceEvaluator):
        ...     primary_metric = "width"
        ...
        ...     def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        ...         return {"width": float(self.embed_inputs(model, ["a text"]).shape[1])}
        >>> from likewise import SentenceTransformer
        >>> SentenceTransformer("likewise-mini").evaluate(Width())
        {'width': ...}
    """

    name: str = ""
    csv_file: str = ""
    greater_is_better: bool = True
    primary_metric: str | None = None
    _report: CsvReport = CsvReport("")

    @abstractmethod
    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> float | dict[str, float]:
        """Evaluate a model.

        Args:
            model: Something that encodes, see `likewise.evaluation.protocol.EvaluatedModel`.
            output_path: Folder for files with the results; None writes none.
            epoch: Epoch of training that the model is in; -1 outside of training.
            steps: Steps of that epoch; -1 at its end.

        Returns:
            One score, or the metrics by name.
        """

    def prefix_name_to_metrics(self, metrics: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Put a name before the names of metrics, and before `primary_metric` if it is one of them.

        Args:
            metrics: Metric to value.
            name: What is put before them, with an underscore; "" leaves them as they are.

        Returns:
            The same values under the new names, numbers of numpy and torch as plain ones.

        Example:
            >>> from likewise.evaluation import TripletEvaluator
            >>> evaluator = TripletEvaluator(["a"], ["b"], ["c"], similarity_fn_names=["cosine"])
            >>> evaluator.prefix_name_to_metrics({"cosine_accuracy": 1}, "dev"), evaluator.primary_metric
            ({'dev_cosine_accuracy': 1}, 'dev_cosine_accuracy')
        """
        if not name:
            return {key: plain_number(value) for key, value in metrics.items()}
        prefixed = {f"{name}_{key}": plain_number(value) for key, value in metrics.items()}
        # Asking which keys there are, and not how the metric begins, also holds for an evaluator named "cosine".
        if self.primary_metric is not None and self.primary_metric not in prefixed:
            candidate = f"{name}_{self.primary_metric}"
            if candidate in prefixed:
                self.primary_metric = candidate
        return prefixed

    def store_metrics_in_model_card_data(
        self, model: EvaluatedModel, metrics: Mapping[str, Any], epoch: int = 0, step: int = 0
    ) -> None:
        """Note the metrics for the README of the model.

        Args:
            model: The model.
            metrics: Metric to value.
            epoch: Epoch of training.
            step: Steps of that epoch.
        """
        model.model_card_data.set_evaluation_metrics(self, metrics, epoch, step)

    @property
    def description(self) -> str:
        """What is evaluated, in words, such as "Binary Classification"."""
        name = type(self).__name__.removesuffix("Evaluator")
        return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)

    def get_config_dict(self) -> dict[str, Any]:
        """Settings that the README shows beside the metrics.

        Returns:
            Name to value; empty where all are as usual.
        """
        return {}

    def data_sizes(self) -> dict[str, int]:
        """How much there is to evaluate, for `describe`.

        Returns:
            What is counted, in the plural, to how many.
        """
        return {}

    def metric_names(self) -> list[str]:
        """Which metrics there are, for `describe`, without the name in front.

        Returns:
            Keys of the result; `likewise.evaluation.description.MODELS_OWN` stands for the model's similarity function.
        """
        return []

    def similarity_names(self) -> list[str] | None:
        """How embeddings are compared, for `describe`.

        Returns:
            Names of similarity functions; None where none is used. `MODELS_OWN` stands for the model's.
        """
        return None

    def describe(self) -> EvaluatorDescription:
        """Say what is evaluated: the task, the data, how embeddings are compared, the metrics, the file.

        Returns:
            A description to print, or to read field by field.

        Example:
            >>> from likewise.evaluation import TripletEvaluator
            >>> print(TripletEvaluator(["a"], ["b"], ["c"], name="dev", similarity_fn_names=["dot"]).describe())
            Triplet on dev: 1 triplets
            similarity: dot
            metrics: dev_dot_accuracy
            primary metric: dev_dot_accuracy, more is better
            file: triplet_evaluation_dev_results.csv
        """
        metrics = [f"{self.name}_{metric}" if self.name else metric for metric in self.metric_names()]
        prefixed = f"{self.name}_{self.primary_metric}"
        return EvaluatorDescription(
            task=self.description,
            name=self.name,
            sizes=self.data_sizes(),
            similarity=self.similarity_names(),
            metrics=metrics,
            # Before the first call the name may not yet stand in front.
            primary_metric=prefixed if prefixed in metrics else self.primary_metric,
            greater_is_better=self.greater_is_better,
            csv_file=self.csv_file if self._report.enabled else "",
            settings=self.get_config_dict(),
        )

    def metric_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """What the metrics are computed from, row by row, for `confidence_intervals`.

        Args:
            model: The model.

        Returns:
            Metric, without the name in front, to its rows and the statistic of them.

        Raises:
            ConfigError: If the metrics of this evaluator do not come from rows that could be drawn again.
        """
        raise ConfigError(
            f"{type(self).__name__} has no confidence intervals", accepted="an evaluator that implements metric_samples"
        )

    def named_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """The same as `metric_samples` under the names of the result.

        Args:
            model: The model.

        Returns:
            Key of the result to its rows and the statistic of them.

        Raises:
            ConfigError: If the metrics of this evaluator do not come from rows that could be drawn again.
        """
        found = self.metric_samples(model)
        return {f"{self.name}_{name}" if self.name else name: sample for name, sample in found.items()}

    def confidence_intervals(
        self, model: EvaluatedModel, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> dict[str, ConfidenceInterval]:
        """Say how much the metrics would vary with other data of the same kind: percentile bootstrap.

        Args:
            model: The model.
            level: Share of the resamples that the intervals hold, between 0 and 1.
            resamples: How many to draw.
            seed: Seed of the draws; the global random state is not touched.

        Returns:
            Key of the result to its value and interval. Thresholds and maxima over functions have none.

        Raises:
            ConfigError: If the metrics of this evaluator do not come from rows that could be drawn again.
            InputError: If `level` or `resamples` is out of range.

        Example:
            >>> from likewise import SentenceTransformer
            >>> from likewise.evaluation import TripletEvaluator
            >>> evaluator = TripletEvaluator(["A man eats."], ["Someone has a meal."], ["It rains in the hills."])
            >>> print(evaluator.confidence_intervals(SentenceTransformer("likewise-mini"))["cosine_accuracy"])
            1.0000 [1.0000, 1.0000]
        """
        settings: dict[str, Any] = {"level": level, "resamples": resamples, "seed": seed}
        bootstrap([0.0], **settings)  # checks the settings before the model runs
        samples = self.named_samples(model)
        return {
            key: interval
            for name, sample in samples.items()
            for key, interval in sample.intervals(name, **settings).items()
        }

    def save_plots(self, model: EvaluatedModel, folder: str | os.PathLike[str], file_format: str = "png") -> list[Path]:
        """Draw what there is to see; the metrics stay as they are.

        Args:
            model: The model.
            folder: Where the files go; made if need be. Files of earlier calls are replaced.
            file_format: "png" or "svg".

        Returns:
            The files.

        Raises:
            ConfigError: If this evaluator has no pictures.
            InputError: If the format is unknown.
            MissingDependencyError: If matplotlib is not installed.
            OutputError: If a file cannot be written.
        """
        raise ConfigError(f"{type(self).__name__} has no pictures", accepted="an evaluator that implements save_plots")

    def embed_inputs(
        self, model: EvaluatedModel, sentences: Any, encode_fn_name: str | None = None, **kwargs: Any
    ) -> Any:
        """Compute the embeddings to be judged. Subclasses may do it in another way.

        Args:
            model: The model; its training mode is as before afterwards.
            sentences: Texts, or what else it reads.
            encode_fn_name: "query" for `encode_query`, "document" for `encode_document`, None for `encode`.
            **kwargs: Keyword arguments for the encode function.

        Returns:
            Embeddings, [N, D].

        Raises:
            InputError: If an embedding holds NaN or infinity.
        """
        return embed(model, sentences, encode_fn_name, **kwargs)

    def finish(self, model: EvaluatedModel, metrics: Mapping[str, Any], *, epoch: int, steps: int) -> dict[str, float]:
        """End a call: put `name` before the metrics, note them in the model card, log them.

        Args:
            model: The model.
            metrics: Metric to value, without prefix.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The metrics as the evaluator returns them.
        """
        name = self.name
        prefixed = self.prefix_name_to_metrics(metrics, name)
        self.store_metrics_in_model_card_data(model, prefixed, epoch, steps)
        values = ", ".join(f"{key} {value:.4f}" for key, value in prefixed.items() if isinstance(value, int | float))
        _logger.info("%s%s%s: %s", self.description, f" on {name}" if name else "", moment(epoch, steps), values)
        return prefixed


def moment(epoch: int, steps: int) -> str:
    """Say when in training an evaluation takes place.

    Args:
        epoch: Epoch of training, -1 outside of it.
        steps: Steps of that epoch, -1 at its end.

    Returns:
        Words to put after a name, with a space in front; "" outside of training.

    Example:
        >>> moment(2, -1), moment(2, 500), moment(-1, -1)
        (' after epoch 2', ' in epoch 2 after 500 steps', '')
    """
    if epoch == -1:
        return ""
    return f" after epoch {epoch}" if steps == -1 else f" in epoch {epoch} after {steps} steps"


def plain_number(value: Any) -> Any:
    """A number of numpy or torch as a plain one, which JSON, CSV and trackers take.

    Args:
        value: A number, an array or tensor of one element, or anything else.

    Returns:
        The number as `float` or `int`; anything else as it is.
    """
    if isinstance(value, np.generic | torch.Tensor) and np.prod(value.shape) == 1:
        return value.item()
    return value
