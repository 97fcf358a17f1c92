"""What the documented `fit` methods share: their arguments as those of a trainer, and the evaluator as they run it.

Knows models that are saved, losses and numbers; knows no loader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn
from transformers import TrainerCallback

from likewise.errors import ConfigError
from likewise.losses.own_parameters import own_parameters
from likewise.sentence_transformer.stored_model import StoredModel
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.optimisation import parameter_groups

_NOT_DECAYED = ("bias", "LayerNorm.weight")


class FitCallback(TrainerCallback):
    """Evaluates, tells the caller, and saves the best model.

    Args:
        model: The model.
        evaluator: The evaluator.
        every: Steps between evaluations within an epoch; 0 for none.
        steps_per_epoch: Steps of an epoch.
        output_path: Folder for the best model and the CSV files, or None.
        save_best: Whether the best model is saved.
        tell: Called with score, epoch and steps, or None.
    """

    def __init__(
        self,
        model: StoredModel,
        evaluator: Any,
        every: int,
        steps_per_epoch: int,
        output_path: str | None,
        save_best: bool,
        tell: Callable[[float, int, int], None] | None,
    ) -> None:
        super().__init__()
        self.model, self.evaluator, self.every = model, evaluator, every
        self.steps_per_epoch, self.output_path, self.save_best, self.tell = (
            steps_per_epoch,
            output_path,
            save_best,
            tell,
        )
        self.best = -float("inf")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Evaluate where it is time to."""
        del args, control, kwargs
        epoch, within = divmod(state.global_step - 1, self.steps_per_epoch)
        if within + 1 == self.steps_per_epoch:
            self.evaluate(epoch, -1)
        elif self.every and (within + 1) % self.every == 0:
            self.evaluate(epoch, within + 1)

    def evaluate(self, epoch: int, steps: int) -> None:
        """Run the evaluator once.

        Args:
            epoch: The epoch, from 0.
            steps: Steps within it; -1 at its end.
        """
        folder = None if self.output_path is None else Path(self.output_path) / "eval"
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        was_training = self.model.training
        found = self.evaluator(self.model, output_path=folder and str(folder), epoch=epoch, steps=steps)
        self.model.train(was_training)
        score = float(found[self.evaluator.primary_metric] if isinstance(found, Mapping) else found)
        if self.tell is not None:
            self.tell(score, epoch, steps)
        if score > self.best:
            self.best = score
            if self.save_best and self.output_path is not None:
                self.model.save(self.output_path)


def trainer_settings(
    model: StoredModel,
    losses: Mapping[str, nn.Module],
    settings: Mapping[str, Any],
    folder: str,
    steps_per_epoch: int,
    kind: type[SentenceTransformerTrainingArguments] = SentenceTransformerTrainingArguments,
) -> dict[str, Any]:
    """The documented arguments of `fit` as those of a trainer.

    Args:
        model: The model.
        losses: Losses by name.
        settings: The arguments of `fit`.
        folder: The output folder of the trainer.
        steps_per_epoch: Steps of an epoch.
        kind: Class of the training arguments.

    Returns:
        `args`, `optimizers` and `callbacks`.

    Raises:
        ConfigError: If there is no such schedule.
    """
    total = steps_per_epoch * settings["epochs"]
    cuda = torch.cuda.is_available()
    checkpoints = settings.get("checkpoint_path")
    args = kind(
        output_dir=folder,
        max_steps=total,
        learning_rate=_optimizer_options(settings).get("lr", 2e-5),
        max_grad_norm=settings["max_grad_norm"],
        fp16=settings["use_amp"] and cuda,
        bf16=settings["use_amp"] and not cuda,
        disable_tqdm=not settings["show_progress_bar"],
        save_strategy="no" if checkpoints is None else "steps",
        save_steps=settings.get("checkpoint_save_steps", 500),
        save_total_limit=settings.get("checkpoint_save_total_limit") or None,
        use_cpu=model.device.type == "cpu",
        report_to="none",
    )
    optimizer = _optimizer(model, losses, settings)
    schedule = _schedule(settings["scheduler"], optimizer, settings["warmup_steps"], total)
    callbacks = []
    if settings["evaluator"] is not None:
        callbacks.append(
            FitCallback(
                model,
                settings["evaluator"],
                settings["evaluation_steps"],
                steps_per_epoch,
                settings["output_path"],
                settings["save_best_model"],
                settings["callback"],
            )
        )
    return {"args": args, "optimizers": (optimizer, schedule), "callbacks": callbacks}


def _optimizer(model: StoredModel, losses: Mapping[str, nn.Module], settings: Mapping[str, Any]) -> Any:
    parameters = dict(model.named_parameters())
    for name, loss in losses.items():
        parameters.update({f"{name}.{key}": value for key, value in own_parameters(loss, model).items()})
    decayed = [name for name in parameters if not name.endswith(_NOT_DECAYED)]
    groups = parameter_groups(parameters, decayed=decayed, weight_decay=settings["weight_decay"])
    return settings["optimizer_class"](groups, **_optimizer_options(settings))


def _optimizer_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    return dict(settings["optimizer_params"] or {"lr": 2e-5})


def _schedule(name: str, optimizer: Any, warmup: int, total: int) -> Any:
    """The documented schedules by their documented names."""
    known = {
        "constantlr": lambda: transformers.get_constant_schedule(optimizer),
        "warmupconstant": lambda: transformers.get_constant_schedule_with_warmup(optimizer, warmup),
        "warmuplinear": lambda: transformers.get_linear_schedule_with_warmup(optimizer, warmup, total),
        "warmupcosine": lambda: transformers.get_cosine_schedule_with_warmup(optimizer, warmup, total),
        "warmupcosinewithhardrestarts": lambda: transformers.get_cosine_with_hard_restarts_schedule_with_warmup(
            optimizer, warmup, total
        ),
    }
    if name.lower() not in known:
        names = "ConstantLR, WarmupConstant, WarmupLinear, WarmupCosine or WarmupCosineWithHardRestarts"
        raise ConfigError(f"scheduler={name!r}", accepted=names)
    return known[name.lower()]()
