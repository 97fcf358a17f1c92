"""Results of evaluations, as a README shows them: a table for people, and the metadata that the hub reads.

Knows names and numbers, not evaluators.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """What one evaluator found, last.

    Args:
        task: What was evaluated, such as "Semantic Similarity".
        data: Name of the data, "" if it has none.
        evaluator: Name of the evaluator's class.
        metrics: Metric to value.
        primary_metric: The metric that decides, or None.
        settings: Settings that differ from the usual.
        epoch: Epoch of training; -1 outside of it.
        step: Step of training; -1 outside of it.
    """

    task: str
    data: str = ""
    evaluator: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    primary_metric: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    epoch: int = -1
    step: int = -1

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes a later result take the place of an earlier one."""
        return self.task, self.data, self.evaluator, repr(sorted(self.settings.items()))

    def metric_names(self) -> dict[str, str]:
        """Metrics without the name of the data in front, as people read them.

        Returns:
            Key of the metric to its short name.
        """
        prefix = f"{self.data}_"
        return {key: key.removeprefix(prefix) if self.data else key for key in self.metrics}


def result_of(evaluator: Any, metrics: Mapping[str, Any], epoch: int, step: int) -> EvaluationResult:
    """Note what an evaluator found.

    Args:
        evaluator: The evaluator; a subclass of `SentenceEvaluator` that a user wrote may lack some attributes.
        metrics: Metric to value.
        epoch: Epoch of training.
        step: Step of training.

    Returns:
        The result; values that are no numbers are left out.
    """
    numbers = {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}
    kind = type(evaluator).__name__
    return EvaluationResult(
        task=str(getattr(evaluator, "description", kind)),
        data=str(getattr(evaluator, "name", "") or ""),
        evaluator=kind,
        metrics=numbers,
        primary_metric=getattr(evaluator, "primary_metric", None),
        settings=dict(evaluator.get_config_dict()) if callable(getattr(evaluator, "get_config_dict", None)) else {},
        epoch=epoch,
        step=step,
    )


def merged_results(old: Sequence[EvaluationResult], new: EvaluationResult) -> list[EvaluationResult]:
    """Add a result in the place of an earlier one of the same evaluator, or at the end.

    Args:
        old: The results so far.
        new: The result.

    Returns:
        All results.

    Example:
        >>> first, second = (EvaluationResult(task="Triplet", metrics={"accuracy": x}) for x in (0.5, 0.75))
        >>> [result.metrics["accuracy"] for result in merged_results([first], second)]
        [0.75]
    """
    by_key = {result.key: result for result in old}
    by_key[new.key] = new
    return list(by_key.values())


def results_section(results: Sequence[EvaluationResult]) -> str:
    """The part of the README that shows the results.

    Args:
        results: The results.

    Returns:
        Markdown; "" without results. The metric that decides is in bold.

    Example:
        >>> print(results_section([EvaluationResult(task="Triplet", data="dev", metrics={"dev_accuracy": 0.75})]))
        ## Evaluation
        <BLANKLINE>
        ### Triplet: dev
        <BLANKLINE>
        | Metric | Value |
        |---|---|
        | accuracy | 0.7500 |
    """
    if not results:
        return ""
    return "\n\n".join(["## Evaluation", *(_one(result) for result in results)])


def _one(result: EvaluationResult) -> str:
    said = f"{result.evaluator}: " if result.evaluator and result.settings else result.evaluator
    how = said + ", ".join(f"{name}={value!r}" for name, value in result.settings.items())
    lines = []
    for key, name in result.metric_names().items():
        row = (name, f"{result.metrics[key]:.4f}")
        if key == result.primary_metric:
            row = (f"**{row[0]}**", f"**{row[1]}**")
        lines.append(f"| {_cell(row[0])} | {row[1]} |")
    title = f"### {result.task}{f': {result.data}' if result.data else ''}"
    table = "\n".join(["| Metric | Value |", "|---|---|", *lines])
    return "\n\n".join(part for part in (_line(title), f"Found by `{_line(how)}`." if how else "", table) if part)


def model_index(results: Sequence[EvaluationResult], model_name: str) -> list[dict[str, Any]]:
    """The results as the hub reads them.

    Args:
        results: The results.
        model_name: Name of the model.

    Returns:
        The value of `model-index`; empty without results. Numbers that are not finite are left out.
    """
    entries = []
    for result in results:
        metrics = [
            {"type": name, "value": result.metrics[key], "name": name.replace("_", " ").capitalize()}
            for key, name in result.metric_names().items()
            if math.isfinite(result.metrics[key])
        ]
        if metrics:
            task = {"type": result.task.lower().replace(" ", "-"), "name": result.task}
            data = {"name": result.data or "Unknown", "type": "unknown"}
            entries.append({"task": task, "dataset": data, "metrics": metrics})
    return [{"name": model_name, "results": entries}] if entries else []


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
