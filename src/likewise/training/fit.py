"""Training with data loaders of examples, as `model.fit(...)` is documented, through the trainer.

The loaders keep their own way of making batches; only what they yield is turned into what the trainer takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from likewise.errors import InputError
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.fit_settings import trainer_settings
from likewise.training.trainer import SentenceTransformerTrainer


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
        own = trainer_settings(model, losses, settings, settings["checkpoint_path"] or scratch, len(batches))
        trainer = FitTrainer(batches, model=model, loss=losses, **own)
        trainer.train(settings["resume_from_checkpoint"] or None)
    output = settings["output_path"]
    if output is not None and (settings["evaluator"] is None or not settings["save_best_model"]):
        model.save(output)
