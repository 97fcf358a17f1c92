"""A picture of a training run, saved beside its checkpoint: losses above, metrics below. An observer."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.trainer_callback import TrainerControl, TrainerState
from transformers.training_args import TrainingArguments

from likewise import _optional
from likewise.training.console import numbers_of

FILE_NAME = "training.png"


class PlotCallback(TrainerCallback):
    """Draws losses and metrics whenever a checkpoint is saved, and at the end; does nothing without matplotlib.

    Example:
        >>> PlotCallback().available in (True, False)
        True
    """

    def __init__(self) -> None:
        super().__init__()
        self.available = importlib.util.find_spec("matplotlib") is not None

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Draw into the checkpoint's folder."""
        del control, kwargs
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if self.available and state.is_world_process_zero and folder.is_dir():
            draw(state.log_history, folder / FILE_NAME)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Draw into the output folder, if there is one."""
        del control, kwargs
        folder = Path(args.output_dir)
        if self.available and state.is_world_process_zero and folder.is_dir():
            draw(state.log_history, folder / FILE_NAME)


def curves(log: Sequence[Mapping[str, Any]]) -> dict[str, tuple[list[int], list[float]]]:
    """The logged numbers by name.

    Args:
        log: The trainer's log.

    Returns:
        Name to steps and values.

    Example:
        >>> curves([{"loss": 2.0, "step": 1}, {"loss": 1.5, "step": 2}])
        {'loss': ([1, 2], [2.0, 1.5])}
    """
    found: dict[str, tuple[list[int], list[float]]] = {}
    for row in log:
        if "train_runtime" in row or "step" not in row:
            continue
        for name, value in numbers_of({key: row[key] for key in row if key != "step"}).items():
            steps, values = found.setdefault(name, ([], []))
            steps.append(int(row["step"]))
            values.append(value)
    return found


def draw(log: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Draw a picture of a log.

    Args:
        log: The trainer's log.
        path: File to write; the ending says the format (PNG, SVG, PDF).

    Returns:
        Whether there was anything to draw.
    """
    lines = curves(log)
    if not lines:
        return False
    figure_module = _optional.require("matplotlib.figure", extra="plot")
    losses = {name: line for name, line in lines.items() if "loss" in name}
    metrics = {name: line for name, line in lines.items() if "loss" not in name}
    groups = [(title, group) for title, group in (("Loss", losses), ("Metrics", metrics)) if group]
    figure = figure_module.Figure(figsize=(8, 3.5 * len(groups)), layout="constrained")
    for place, (title, group) in enumerate(groups, 1):
        axes = figure.add_subplot(len(groups), 1, place)
        for name, (steps, values) in group.items():
            axes.plot(steps, values, marker="." if len(steps) < 30 else "", label=name)
        axes.set_ylabel(title)
        axes.set_xlabel("Step")
        axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    return True
