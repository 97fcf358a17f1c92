"""Results as tables: models side by side. Knows how results look, not how they come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, final

from likewise.cli.console import Console, aligned, printable
from likewise.cli.evaluate_outcome import Outcome

if TYPE_CHECKING:
    from likewise.evaluation.bootstrap import ConfidenceInterval

ABSENT = "-"
WIDTH = 40


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is told about a model beside its quality.

    Args:
        dimension: Width of its embeddings.
        speed: Sentences a second, on this machine.
        size_bytes: Size of all files of its folder.
    """

    dimension: int
    speed: float
    size_bytes: int


def average(outcomes: Sequence[Outcome]) -> float:
    """Mean of the metrics that decide.

    Args:
        outcomes: Results of one model, at least one.

    Returns:
        The mean, each set counting the same.
    """
    return sum(outcome.score for outcome in outcomes) / len(outcomes)


def print_metrics(console: Console, by_model: Mapping[str, Sequence[Outcome]]) -> None:
    """Print all metrics, a table for each set.

    Args:
        console: Where they go.
        by_model: Model to its results, of the sets that all have.
    """
    for number, outcomes in enumerate(zip(*by_model.values(), strict=False)):
        if number:
            console.line()
        sizes = ", ".join(f"{count:,} {what}" for what, count in outcomes[0].sizes.items())
        console.line(printable(f"{outcomes[0].data} ({outcomes[0].task}): {sizes}"))
        for line in aligned(_metric_rows(outcomes)):
            console.line(line)


def print_comparison(
    console: Console, by_model: Mapping[str, Sequence[Outcome]], measures: Mapping[str, Measures] | None = None
) -> None:
    """Print the metric that decides for each set, their average, and what else is known of the models.

    Args:
        console: Where they go.
        by_model: Model to its results on all sets.
        measures: Model to what was measured.
    """
    done = list(by_model.values())
    rows: list[tuple[Any, ...]] = [("set", "task", "metric", *labels(list(by_model)))]
    for outcomes in zip(*done, strict=True):
        first = outcomes[0]
        cells = [_cell(outcome.score, outcome.interval) for outcome in outcomes]
        rows.append((printable(first.data, WIDTH), first.task, first.plain(first.primary), *cells))
    rows.append(("average", "", "", *(f"{average(outcomes):.4f}" for outcomes in done)))
    if measures:
        found = [measures[name] for name in by_model]
        rows.append(("dimensions", "", "", *(each.dimension for each in found)))
        rows.append(("sentences/s, measured here", "", "", *(_rate(each.speed) for each in found)))
        rows.append(("size on disk", "", "", *(f"{each.size_bytes / 1e6:,.1f} MB" for each in found)))
    for line in aligned(rows):
        console.line(line)


def labels(names: Sequence[str]) -> list[str]:
    """Short names for the heads of columns.

    Args:
        names: Names of models: folders or hub names.

    Returns:
        The last part of each, or all of it where two would be the same.

    Example:
        >>> labels(["sentence-transformers/all-MiniLM-L6-v2", "likewise-mini"])
        ['all-MiniLM-L6-v2', 'likewise-mini']
    """
    short = [PurePath(name).name or name for name in names]
    return [printable(last if short.count(last) == 1 else name) for last, name in zip(short, names, strict=True)]


def _metric_rows(outcomes: Sequence[Outcome]) -> list[tuple[Any, ...]]:
    first = outcomes[0]
    same = len({tuple(outcome.metrics) for outcome in outcomes}) == 1
    # Models with other similarity functions have other names for the same metric.
    tables = [{key if same else outcome.plain(key): key for key in outcome.metrics} for outcome in outcomes]
    primary = first.primary if same else first.plain(first.primary)
    keys = [primary, *(key for key in tables[0] if key != primary)]
    rows: list[tuple[Any, ...]] = [("metric", *labels([outcome.model for outcome in outcomes]))]
    for key in keys:
        cells = []
        for outcome, table in zip(outcomes, tables, strict=True):
            name = table.get(key)
            cells.append(ABSENT if name is None else _cell(outcome.metrics[name], outcome.intervals.get(name)))
        rows.append((key, *cells))
    return rows if same else [*rows, ("similarity", *(outcome.similarity for outcome in outcomes))]


def _cell(value: float, interval: ConfidenceInterval | None) -> str:
    return f"{value:.4f}" if interval is None else f"{value:.4f} [{interval.low:.4f}, {interval.high:.4f}]"


def _rate(speed: float) -> str:
    return f"{speed:,.0f}" if speed >= 100 else f"{speed:.3g}"
