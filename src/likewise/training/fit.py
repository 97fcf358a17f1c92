"""Training with data loaders of examples, as `model.fit(...)` is documented, through the trainer.

The loaders keep their own way of making batches; only what they yield is turned into what the trainer takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn
from torch.utils.data import DataLoader, IterableDataset
from transformers import TrainerCallback

from likewise.errors import ConfigError, InputError
from likewise.losses.own_parameters import own_parameters
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.optimisation import parameter_groups
from likewise.training.trainer import SentenceTransformerTrainer

_NOT_DECAYED = ("bias", "LayerNorm.weight")


class ObjectiveBatches(IterableDataset[dict[str, Any]]):
    """Batches of several loaders in turn; a loader that ends begins again.

    Args:
        loaders: The loaders, which yield lists of examples.
        model: Tokenises.
        rounds: Batches of each loader.
    """

    def __init__(self, loaders: Sequence[Any], model: SentenceTransformer, rounds: int) -> None:
        self.loaders = list(loaders)
        self.model = model
        self.rounds = rounds

    def __len__(self) -> int:
        return self.rounds * len(self.loaders)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        batches = [iter(loader) for loader in self.loaders]
        for _ in range(self.rounds):
            for place, loader in enumerate(self.loaders):
                batch = next(batches[place], None)
                if batch is None:
                    batches[place] = iter(loader)
                    batch = next(batches[place])
                yield self._features(batch, place)

    def _features(self, batch: Any, place: int) -> dict[str, Any]:
        if isinstance(batch, tuple) and len(batch) == 2 and isinstance(batch[0], list):
            columns, labels = batch
        else:
            columns, labels = self.model.smart_batching_collate(batch)
        features = {f"sentence_{at}_{key}": value for at, column in enumerate(columns) for key, value in column.items()}
        return {**features, "label": labels, "dataset_name": str(place)}


class FitTrainer(SentenceTransformerTrainer):
    """The trainer, given batches instead of data.

    Args:
        batches: The batches of an epoch.
        **kwargs: As in `SentenceTransformerTrainer`.
    """

    def __init__(self, batches: ObjectiveBatches, **kwargs: Any) -> None:
        self.batches = batches
        super().__init__(**kwargs)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The batches of an epoch."""
        return DataLoader(self.batches, batch_size=None, generator=torch.Generator().manual_seed(self.args.seed))


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
        model: SentenceTransformer,
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


def fit(model: SentenceTransformer, train_objectives: Sequence[tuple[Any, nn.Module]], **settings: Any) -> None:
    """Train; `SentenceTransformer.fit` documents the arguments.

    Args:
        model: The model.
        train_objectives: (data loader, loss) for each objective.
        **settings: The other arguments of `fit`.

    Raises:
        InputError: If there is no objective, or a loader is empty.
    """
    loaders = [loader for loader, _ in train_objectives]
    if not loaders or min(len(loader) for loader in loaders) == 0:
        raise InputError(f"{len(loaders)} objectives", accepted="at least one (data loader, loss), with batches in it")
    for loader in loaders:
        # Loaders that were made without a collate function of ours must hand over the examples as they are.
        loader.collate_fn = list
    rounds = settings["steps_per_epoch"] or min(len(loader) for loader in loaders)
    batches = ObjectiveBatches(loaders, model, rounds)
    losses = {str(place): loss for place, (_, loss) in enumerate(train_objectives)}
    with tempfile.TemporaryDirectory() as scratch:
        trainer = _trainer(model, batches, losses, settings, settings["checkpoint_path"] or scratch)
        trainer.train(settings["resume_from_checkpoint"] or None)
    output = settings["output_path"]
    if output is not None and (settings["evaluator"] is None or not settings["save_best_model"]):
        model.save(output)


def _trainer(
    model: SentenceTransformer,
    batches: ObjectiveBatches,
    losses: Mapping[str, nn.Module],
    settings: Mapping[str, Any],
    folder: str,
) -> FitTrainer:
    total = len(batches) * settings["epochs"]
    cuda = torch.cuda.is_available()
    args = SentenceTransformerTrainingArguments(
        output_dir=folder,
        max_steps=total,
        max_grad_norm=settings["max_grad_norm"],
        fp16=settings["use_amp"] and cuda,
        bf16=settings["use_amp"] and not cuda,
        disable_tqdm=not settings["show_progress_bar"],
        save_strategy="no" if settings["checkpoint_path"] is None else "steps",
        save_steps=settings["checkpoint_save_steps"],
        save_total_limit=settings["checkpoint_save_total_limit"] or None,
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
                len(batches),
                settings["output_path"],
                settings["save_best_model"],
                settings["callback"],
            )
        )
    return FitTrainer(
        batches, model=model, args=args, loss=dict(losses), optimizers=(optimizer, schedule), callbacks=callbacks
    )


def _optimizer(model: SentenceTransformer, losses: Mapping[str, nn.Module], settings: Mapping[str, Any]) -> Any:
    parameters = dict(model.named_parameters())
    for name, loss in losses.items():
        parameters.update({f"{name}.{key}": value for key, value in own_parameters(loss, model).items()})
    decayed = [name for name in parameters if not name.endswith(_NOT_DECAYED)]
    groups = parameter_groups(parameters, decayed=decayed, weight_decay=settings["weight_decay"])
    return settings["optimizer_class"](groups, **(settings["optimizer_params"] or {"lr": 2e-5}))


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
