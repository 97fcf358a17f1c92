"""`SequentialEvaluator`: several evaluators as one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, final

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.evaluator import SentenceEvaluator, plain_number
from likewise.evaluation.protocol import EvaluatedModel

_logger = logging.getLogger(__name__)


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

    def data_sizes(self) -> dict[str, int]:
        """How many evaluators there are."""
        return {"evaluators": len(self.evaluators)}


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
