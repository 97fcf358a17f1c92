"""`SequentialEvaluator`: several evaluators as one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, final

from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.evaluation.description import EvaluatorDescription
from likewise.evaluation.evaluator import SentenceEvaluator, plain_number
from likewise.evaluation.protocol import EvaluatedModel
from likewise.evaluation.sample import MetricSample

_logger = logging.getLogger(__name__)
T = TypeVar("T")


def last_score(scores: list[float]) -> float:
    """Take the score of the last evaluator.

    Args:
        scores: One for each evaluator.

    Returns:
        The last one.
    """
    return scores[-1]


@final
class SequentialEvaluator(SentenceEvaluator):
    """Runs evaluators one after the other and merges their metrics.

    The primary metric is `sequential_score`: what `main_score_function` makes of the primary metrics of all. An
    evaluator that gives a single number adds it as `evaluator_<position>`.

    Args:
        evaluators: The evaluators, at least one.
        main_score_function: Scores of all evaluators, in order, to one; by default the last.

    Raises:
        InputError: If there are none.
        InputTypeError: If one cannot be called.

    Example:
        >>> from likewise import SentenceTransformer
        >>> from likewise.evaluation import TripletEvaluator
        >>> meals = TripletEvaluator(["A man eats."], ["Someone has a meal."], ["It rains in the hills."], name="meals")
        >>> rain = TripletEvaluator(["It rains."], ["Rain falls."], ["A man eats."], name="rain")
        >>> SequentialEvaluator([meals, rain])(SentenceTransformer("likewise-mini"))
        {'meals_cosine_accuracy': 1.0, 'rain_cosine_accuracy': 1.0, 'sequential_score': 1.0}
    """

    primary_metric = "sequential_score"

    def __init__(
        self, evaluators: Iterable[Any], main_score_function: Callable[[list[float]], float] = last_score
    ) -> None:
        self.evaluators = list(evaluators)
        if not self.evaluators:
            raise InputError("no evaluators", accepted="at least one")
        for number, evaluator in enumerate(self.evaluators):
            if not callable(evaluator):
                raise InputTypeError(f"evaluator {number} is {evaluator!r}", accepted="an evaluator")
        self.main_score_function = main_score_function
        directions = {getattr(evaluator, "greater_is_better", True) for evaluator in self.evaluators}
        self.greater_is_better = directions != {False}

    def __call__(
        self, model: EvaluatedModel, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Evaluate a model.

        Args:
            model: The model.
            output_path: Folder of the files of all evaluators; None writes none.
            epoch: Epoch of training.
            steps: Steps of that epoch.

        Returns:
            The metrics of all, and `sequential_score`.

        Raises:
            InputError: If the primary metric of an evaluator is not among its metrics.
        """
        scores: list[float] = []
        merged: dict[str, float] = {}
        for number, evaluator in enumerate(self.evaluators):
            result = evaluator(model, output_path, epoch, steps)
            metrics = result if isinstance(result, dict) else {f"evaluator_{number}": plain_number(result)}
            scores.append(_score(evaluator, metrics))
            twice = sorted(merged.keys() & metrics.keys())
            if twice:
                _logger.warning(
                    "two evaluators give the metric %s, and the later one's stays: give each a name of its own", twice
                )
            merged |= metrics
        return {**merged, "sequential_score": plain_number(self.main_score_function(scores))}

    def named_samples(self, model: EvaluatedModel) -> dict[str, MetricSample]:
        """Those of all evaluators that have some; the others are named in the log. `sequential_score` has none.

        Args:
            model: The model.

        Returns:
            Key of the result to its rows and the statistic of them.

        Raises:
            ConfigError: If no evaluator has any.
        """
        return dict(_of_each(self.evaluators, lambda evaluator: [*evaluator.named_samples(model).items()]))

    def save_plots(self, model: EvaluatedModel, folder: str | os.PathLike[str], file_format: str = "png") -> list[Path]:
        """Draw the pictures of all evaluators that have some; the others are named in the log.

        Args:
            model: The model.
            folder: Where the files go; made if need be.
            file_format: "png" or "svg".

        Returns:
            The files.

        Raises:
            ConfigError: If no evaluator has pictures.
            InputError: If the format is unknown.
            MissingDependencyError: If matplotlib is not installed.
            OutputError: If a file cannot be written.
        """
        return _of_each(self.evaluators, lambda evaluator: evaluator.save_plots(model, folder, file_format))

    def describe(self) -> EvaluatorDescription:
        """Say what is evaluated, with each evaluator as a part.

        Returns:
            A description to print, or to read field by field; evaluators written elsewhere, which cannot say what they
            do, are counted only.
        """
        parts = [evaluator.describe() for evaluator in self.evaluators if isinstance(evaluator, SentenceEvaluator)]
        own = super().describe()
        metrics = list(dict.fromkeys([*(metric for part in parts for metric in part.metrics), *own.metrics]))
        return replace(own, metrics=metrics, parts=parts)

    def metric_names(self) -> list[str]:
        """The metric of all together."""
        return ["sequential_score"]

    def data_sizes(self) -> dict[str, int]:
        """How many evaluators there are."""
        return {"evaluators": len(self.evaluators)}


def _of_each(evaluators: list[Any], ask: Callable[[SentenceEvaluator], list[T]]) -> list[T]:
    """What all evaluators have of something that not every one has."""
    found: list[T] = []
    for number, evaluator in enumerate(evaluators):
        try:
            if not isinstance(evaluator, SentenceEvaluator):
                raise ConfigError(f"{type(evaluator).__name__} is no SentenceEvaluator")
            found += ask(evaluator)
        except ConfigError as error:
            if number == len(evaluators) - 1 and not found:
                raise
            _logger.warning("evaluator %d is left out: %s", number, error)
    return found


def _score(evaluator: Any, metrics: dict[str, float]) -> float:
    """The number by which an evaluator compares models; of one that does not say, the first."""
    primary = getattr(evaluator, "primary_metric", None)
    if primary is None or len(metrics) == 1:
        return next(iter(metrics.values()))
    if primary not in metrics:
        raise InputError(
            f"the primary metric {primary!r} of {type(evaluator).__name__} is not among its metrics {sorted(metrics)}",
            accepted="one of them",
        )
    return metrics[primary]
