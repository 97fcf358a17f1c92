"""One model on one set: the metrics, what they are called, and how sure they are. Knows no task and no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from likewise.cli.evaluate_data import Prepared
from likewise.cli.evaluate_model import ModelUnderTest
from likewise.errors import ConfigError

if TYPE_CHECKING:
    from likewise.evaluation.bootstrap import ConfidenceInterval  # brings numpy


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Results of one model on one set.

    Args:
        model: Name of the model.
        data: Name of the set.
        task: The task.
        sizes: What the set holds, to how many.
        similarity: The model's similarity function.
        primary: The metric that decides.
        metrics: All metrics by their documented names.
        intervals: Some metrics to their intervals; empty where none were asked for.
    """

    model: str
    data: str
    task: str
    sizes: Mapping[str, int]
    similarity: str
    primary: str
    metrics: Mapping[str, float]
    intervals: Mapping[str, ConfidenceInterval] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Value of the metric that decides."""
        return self.metrics[self.primary]

    @property
    def interval(self) -> ConfidenceInterval | None:
        """Interval of the metric that decides, if there is one."""
        return self.intervals.get(self.primary)

    def plain(self, metric: str) -> str:
        """Name of a metric without that of the similarity function.

        Args:
            metric: Its documented name.

        Returns:
            Such as "spearman" for "spearman_cosine", or "ndcg@10" for "cosine_ndcg@10".
        """
        return metric.removeprefix(f"{self.similarity}_").removesuffix(f"_{self.similarity}")

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "model": self.model,
            "data": self.data,
            "task": self.task,
            "sizes": dict(self.sizes),
            "similarity_fn_name": self.similarity,
            "primary_metric": self.primary,
            "score": self.score,
            "metrics": dict(self.metrics),
            "intervals": {name: [each.low, each.high] for name, each in self.intervals.items()},
        }


def evaluate(
    prepared: Prepared, model: ModelUnderTest, name: str, *, intervals: bool = False, plots: Path | None = None
) -> tuple[Outcome, list[str]]:
    """Evaluate a model on a set.

    Args:
        prepared: The set.
        model: The model.
        name: Its name.
        intervals: Whether confidence intervals are computed.
        plots: Folder for pictures, or None.

    Returns:
        The results, and what to tell the user about intervals or pictures that there are none of.
    """
    from likewise.evaluation.encoded_once import EncodedOnce

    evaluator = prepared.evaluator
    # Remembering holds all embeddings, which an evaluator of retrieval alone does not.
    encodes: Any = EncodedOnce(model) if intervals or plots else model
    metrics: Any = evaluator(encodes)
    found: Mapping[str, ConfidenceInterval] = {}
    notes: list[str] = []
    if intervals:
        try:
            found = evaluator.confidence_intervals(encodes)
        except ConfigError as error:
            notes.append(f"{prepared.name}: {error.received}")
    if plots:
        try:
            notes += [f"{file}" for file in evaluator.save_plots(encodes, plots)]
        except ConfigError as error:
            notes.append(f"{prepared.name}: {error.received}")
    outcome = Outcome(
        model=name,
        data=prepared.name,
        task=prepared.task,
        sizes=evaluator.data_sizes(),
        similarity=model.similarity_fn_name,
        primary=str(evaluator.primary_metric),
        metrics=metrics,
        intervals=found,
    )
    return outcome, notes
