"""Watches a training run and notes for the model's README what was trained, how, and what came of it.

An observer: the trainer does not need it. Knows the trainer by three attributes, and the README's data.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from transformers import TrainerCallback
from transformers.trainer_callback import TrainerControl, TrainerState
from transformers.training_args import TrainingArguments

from likewise.hub.card_training import DatasetFacts, TrainingRecord
from likewise.training.dataset_facts import facts_of, widget_of

_PACKAGES = ("likewise", "torch", "transformers", "accelerate", "datasets", "tokenizers")
_NOT_SETTINGS = {"output_dir", "logging_dir", "run_name", "hub_token", "push_to_hub_token", "deepspeed_plugin"}
_SPEED = ("_runtime", "_samples_per_second", "_steps_per_second", "total_flos", "epoch")


class TrainingSource(Protocol):
    """What is trained on what."""

    train_dataset: Any
    eval_dataset: Any
    loss: Any


class ModelCardCallback(TrainerCallback):
    """Notes a training run in the model's `model_card_data`.

    Args:
        default_args_dict: The default of every training argument; those that differ are listed.
        source: Says what is trained on what; the trainer.

    Example:
        >>> callback = ModelCardCallback({"learning_rate": 5e-5})
        >>> callback.default_args_dict
        {'learning_rate': 5e-05}
    """

    def __init__(
        self, default_args_dict: Mapping[str, Any] | None = None, source: TrainingSource | None = None
    ) -> None:
        super().__init__()
        self.default_args_dict = dict(default_args_dict or {})
        self.source = source

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Note data, losses and settings."""
        del control
        record = TrainingRecord(changed=self._changed(args), versions=_versions())
        if self.source is not None:
            record.train = _datasets(self.source.train_dataset, self.source.loss)
            record.evaluation = _datasets(self.source.eval_dataset, self.source.loss)
            record.citations = _citations(self.source.loss)
            record.widget = widget_of(record.train)
        card = _card_of(kwargs.get("model"))
        if card is None:
            return
        if card.training is not None and state.global_step:
            record.log = [row for row in card.training.log if row["step"] <= state.global_step]
        card.training = record
        known = {item if isinstance(item, str) else item.get("id") for item in card.train_datasets}
        card.train_datasets += [
            {"name": f.name or f.id, "id": f.id} for f in record.train if f.id and f.id not in known
        ]

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note losses and metrics."""
        del args, control
        card = _card_of(kwargs.get("model"))
        if card is None or card.training is None or not logs or "train_runtime" in logs:
            return
        numbers = {
            name: float(value)
            for name, value in logs.items()
            if isinstance(value, int | float) and not name.endswith(_SPEED)
        }
        kept = {name: value for name, value in numbers.items() if name not in ("learning_rate", "grad_norm")}
        if kept:
            card.training.add_log(float(state.epoch or 0.0), state.global_step, kept)

    def _changed(self, args: TrainingArguments) -> dict[str, Any]:
        values = args.to_dict()
        names = [name for name in values if name not in _NOT_SETTINGS]
        known = self.default_args_dict
        return {name: values[name] for name in names if name in known and _plain(values[name]) != _plain(known[name])}


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _card_of(model: Any) -> Any:
    inner = getattr(model, "module", model)
    return getattr(inner, "model_card_data", None)


def _named(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"": value}


def _datasets(datasets: Any, loss: Any) -> list[DatasetFacts]:
    if datasets is None:
        return []
    losses = _named(loss)
    return [facts_of(name, data, losses.get(name, losses.get(""))) for name, data in _named(datasets).items()]


def _citations(loss: Any) -> list[str]:
    losses: Iterable[Any] = _named(loss).values()
    found = [part.citation for each in losses for part in [each, *_inner(each)] if getattr(part, "citation", "")]
    return list(dict.fromkeys(found))


def _inner(loss: Any) -> list[Any]:
    inner = getattr(loss, "loss", None)
    return [] if inner is None else [inner, *_inner(inner)]


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
