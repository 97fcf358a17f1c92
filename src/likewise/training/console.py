"""What a person sees of a training run: what is trained on what, how far it is, and one table at the end.

Takes the place of the progress bar and the printed dictionaries of transformers. Writes to the error stream, so that
the output of a program stays its own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from tqdm.auto import tqdm
from transformers import TrainerCallback
from transformers.trainer_callback import TrainerControl, TrainerState
from transformers.training_args import TrainingArguments

_HIDDEN = ("_runtime", "_samples_per_second", "_steps_per_second", "total_flos", "train_loss", "epoch")
_ROWS = 12


class ConsoleCallback(TrainerCallback):
    """Shows a training run on the console of the main process.

    Args:
        summary: Lines that say what will be trained on what.
        stream: Where to write; None is the error stream.

    Example:
        >>> ConsoleCallback(["pairs: 100 rows"]).summary
        ['pairs: 100 rows']
    """

    def __init__(self, summary: Sequence[str] = (), stream: TextIO | None = None) -> None:
        super().__init__()
        self.summary = list(summary)
        self.stream = stream
        self.rows: list[dict[str, float]] = []
        self._bar: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Say what begins, and open the progress bar."""
        del control, kwargs
        if not state.is_world_process_zero:
            return
        out = self.stream or sys.stderr
        for line in [*self.summary, plan(args, state)]:
            print(line, file=out)
        self.rows = []
        if not args.disable_tqdm:
            self._bar = tqdm(total=state.max_steps, initial=state.global_step, unit="step", desc="Train", file=out)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Move the progress bar."""
        del args, control, kwargs
        if self._bar is not None:
            self._bar.update(state.global_step - self._bar.n)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the loss with its parts, and note the numbers for the table."""
        del args, control, kwargs
        numbers = numbers_of(logs or {})
        if not state.is_world_process_zero or not numbers or "train_runtime" in (logs or {}):
            return
        if not self.rows or self.rows[-1]["step"] != state.global_step:
            self.rows.append({"step": state.global_step, "epoch": float(state.epoch or 0.0)})
        self.rows[-1].update(numbers)
        if self._bar is not None:
            self._bar.set_postfix({name: f"{value:.4g}" for name, value in numbers.items() if "loss" in name})

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Close the progress bar and print the table."""
        del args, control, kwargs
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if state.is_world_process_zero and self.rows:
            print(table(self.rows), file=self.stream or sys.stderr)
            if state.best_model_checkpoint:
                print(f"Best: {state.best_metric:.4f} ({state.best_model_checkpoint})", file=self.stream or sys.stderr)


def plan(args: TrainingArguments, state: TrainerState) -> str:
    """Say in one line how long training is.

    Args:
        args: The training arguments.
        state: The state of the trainer.

    Returns:
        Such as "100 steps, 1 epoch, batches of 16, learning rate 5e-05".
    """
    epochs = float(state.num_train_epochs)
    # A stream may be as long as it likes: transformers then counts with more epochs than there will ever be.
    shown = f", {epochs:g} epoch{'s' if epochs != 1 else ''}" if epochs < 1e9 else ""
    batch = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    from_step = f" from step {state.global_step}" if state.global_step else ""
    return f"{state.max_steps} steps{from_step}{shown}, batches of {batch}, learning rate {args.learning_rate:g}"


def numbers_of(logs: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a log that say something about quality.

    Args:
        logs: What the trainer logged.

    Returns:
        Name to number, without times, rates and the epoch.
    """
    return {
        name: float(value)
        for name, value in logs.items()
        if isinstance(value, int | float) and not name.endswith(_HIDDEN) and name not in ("learning_rate", "grad_norm")
    }


def table(rows: Sequence[Mapping[str, float]]) -> str:
    """Logged numbers as a table, at most a dozen rows of them: the first, the last, and some between.

    Args:
        rows: For each logged step, names to numbers; "step" and "epoch" among them.

    Returns:
        Lines of aligned columns.

    Example:
        >>> print(table([{"step": 1, "epoch": 0.5, "loss": 2.0}, {"step": 2, "epoch": 1.0, "loss": 1.5}]))
        step  epoch    loss
           1   0.50  2.0000
           2   1.00  1.5000
    """
    step = max(1, -(-(len(rows) - 1) // (_ROWS - 1)))
    shown = [row for at, row in enumerate(rows) if at % step == 0 or at == len(rows) - 1]
    names = ["step", "epoch", *dict.fromkeys(name for row in rows for name in row if name not in ("step", "epoch"))]
    cells = [names, *([_cell(name, row.get(name)) for name in names] for row in shown)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if name == "step" else f"{value:.2f}" if name == "epoch" else f"{value:.4f}"
