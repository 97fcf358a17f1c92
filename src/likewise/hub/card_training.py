"""How a model was trained, as its README shows it: data, losses, settings, log, sources. Knows names and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

_LOG_ROWS = 100
_CELL = 160


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What the README says about one data set.

    Args:
        name: Its name, "" if it has none.
        id: Its id on the hub, or None.
        size: Number of rows; None where it is not known (a stream).
        columns: Column to a short description of what is in it.
        samples: The first rows, column to text.
        loss: Class of the loss that it is trained with.
        settings: Settings of that loss.
    """

    name: str = ""
    id: str | None = None
    size: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    samples: Sequence[Mapping[str, str]] = ()
    loss: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@final
@dataclass(slots=True, kw_only=True)
class TrainingRecord:
    """What is known about a training run; grows while it runs.

    Args:
        train: The training data.
        evaluation: The evaluation data.
        changed: Settings that are not the default, name to value.
        log: For each logged step, names to numbers; "epoch" and "step" among them.
        citations: BibTeX entries of what was used, each once.
        widget: Texts to try the model on.
        versions: Package to version.
    """

    train: list[DatasetFacts] = field(default_factory=list)
    evaluation: list[DatasetFacts] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)
    log: list[dict[str, float]] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    widget: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def add_log(self, epoch: float, step: int, values: Mapping[str, float]) -> None:
        """Note logged numbers; those of one step share a row.

        Args:
            epoch: Epochs of training so far.
            step: Steps of training so far.
            values: Name to number.
        """
        if not self.log or self.log[-1]["step"] != step:
            self.log.append({"epoch": epoch, "step": step})
        self.log[-1].update(values)


def training_section(record: TrainingRecord) -> str:
    """The part of the README that tells how a model was trained.

    Args:
        record: What is known.

    Returns:
        Markdown.

    Example:
        >>> record = TrainingRecord(train=[DatasetFacts(name="pairs", size=2, loss="CoSENTLoss")])
        >>> print(training_section(record))
        ## Training
        <BLANKLINE>
        ### Training data: pairs
        <BLANKLINE>
        2 rows, trained with `CoSENTLoss`.
    """
    parts = ["## Training"]
    parts += [_dataset("Training data", facts, "trained with") for facts in record.train]
    parts += [_dataset("Evaluation data", facts, "evaluated with") for facts in record.evaluation]
    if record.changed:
        rows = [f"| `{name}` | {_cell(value)} |" for name, value in sorted(record.changed.items())]
        parts.append(
            "\n".join(["### Settings that differ from the default", "", "| Setting | Value |", "|---|---|", *rows])
        )
    if record.log:
        parts.append(_log_table(record.log))
    if record.versions:
        parts.append("### Versions\n\n" + ", ".join(f"{name} {number}" for name, number in record.versions.items()))
    if record.citations:
        entries = "\n\n".join(f"```bibtex\n{entry.strip()}\n```" for entry in record.citations)
        parts.append(f"## Sources\n\n{entries}")
    return "\n\n".join(parts)


def _dataset(title: str, facts: DatasetFacts, verb: str) -> str:
    size = "A stream of rows" if facts.size is None else f"{facts.size:,} rows"
    where = f" of [{facts.id}](https://huggingface.co/datasets/{facts.id})" if facts.id else ""
    loss = f", {verb} `{facts.loss}`" if facts.loss else ""
    parts = [f"### {title}{f': {facts.name}' if facts.name else ''}", f"{size}{where}{loss}."]
    if facts.settings:
        parts.append("```json\n" + json.dumps(facts.settings, indent=2, default=str) + "\n```")
    if facts.columns:
        rows = [f"| {_cell(name)} | {_cell(text)} |" for name, text in facts.columns.items()]
        parts.append("\n".join(["| Column | Content |", "|---|---|", *rows]))
    if facts.samples:
        names = list(facts.columns or facts.samples[0])
        rows = ["| " + " | ".join(_cell(sample.get(name, "")) for name in names) + " |" for sample in facts.samples]
        header = "| " + " | ".join(map(_cell, names)) + " |"
        parts.append("\n".join([header, "|" + "---|" * len(names), *rows]))
    return "\n\n".join(parts)


def _log_table(log: Sequence[Mapping[str, float]]) -> str:
    step = -(-len(log) // _LOG_ROWS)
    kept = [row for at, row in enumerate(log) if at % step == 0 or at == len(log) - 1]
    names = list(dict.fromkeys(name for row in log for name in row if name not in ("epoch", "step")))
    lines = ["| Epoch | Step | " + " | ".join(map(_cell, names)) + " |", "|---|---|" + "---|" * len(names)]
    for row in kept:
        cells = [f"{row[name]:.4f}" if name in row else "-" for name in names]
        lines.append(f"| {row['epoch']:.4f} | {int(row['step'])} | " + " | ".join(cells) + " |")
    note = "" if step == 1 else f"\n\nEvery {step}th of {len(log)} logged steps."
    return "### Log\n\n" + "\n".join(lines) + note


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _CELL else f"{text[: _CELL - 3]}..."
