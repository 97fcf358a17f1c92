"""The documented training methods of older versions, on the model itself. How it is done is `likewise.training.fit`.

The trainer knows models, so a model cannot import it; it is looked up by name when somebody trains.
"""

from __future__ import annotations

import importlib
from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.sentence_transformer.stored_model import StoredModel


class TrainableModel(StoredModel, ABC):
    """A model that can be trained by `fit`.

    Args:
        modules: As in `ModuleSequence`.
        forward_kwargs: As in `ModuleSequence`.
    """

    def smart_batching_collate(self, batch: Sequence[Any]) -> tuple[list[dict[str, Tensor]], Tensor]:
        """Make a batch of examples, for a data loader's `collate_fn`.

        Args:
            batch: `InputExample` objects with the same number of texts.

        Returns:
            Features for each place in the examples, and the labels.
        """
        columns = list(zip(*(example.texts for example in batch), strict=True))
        values = [example.label for example in batch]
        vectors = isinstance(values[0], np.ndarray)
        labels = torch.from_numpy(np.stack(values)) if vectors else torch.tensor(values)
        return [self.tokenize(list(column)) for column in columns], labels

    def fit(
        self,
        train_objectives: Iterable[tuple[Any, Any]],
        evaluator: Any = None,
        epochs: int = 1,
        steps_per_epoch: int | None = None,
        scheduler: str = "WarmupLinear",
        warmup_steps: int = 10000,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.AdamW,
        optimizer_params: Mapping[str, Any] | None = None,
        weight_decay: float = 0.01,
        evaluation_steps: int = 0,
        output_path: str | None = None,
        save_best_model: bool = True,
        max_grad_norm: float = 1,
        use_amp: bool = False,
        callback: Callable[[float, int, int], None] | None = None,
        show_progress_bar: bool = True,
        checkpoint_path: str | None = None,
        checkpoint_save_steps: int = 500,
        checkpoint_save_total_limit: int = 0,
        resume_from_checkpoint: bool = False,
    ) -> None:
        """Train the model with data loaders of `InputExample` objects; new code takes `SentenceTransformerTrainer`.

        Args:
            train_objectives: (data loader, loss) for each objective; they take turns, one batch each.
            evaluator: Run after each epoch, and every `evaluation_steps`.
            epochs: How often the data are gone through.
            steps_per_epoch: Batches of each objective in an epoch; None is the number of batches of the shortest.
            scheduler: "ConstantLR", "WarmupConstant", "WarmupLinear", "WarmupCosine" or "WarmupCosineWithHardRestarts".
            warmup_steps: Steps in which the learning rate rises.
            optimizer_class: Class of the optimizer.
            optimizer_params: Its arguments; None is `{"lr": 2e-5}`.
            weight_decay: Decay of weights that are no biases or norms.
            evaluation_steps: Steps between evaluations within an epoch; 0 for none.
            output_path: Folder for the model: the best, or the last without an evaluator.
            save_best_model: Whether the best model is saved into `output_path`.
            max_grad_norm: Largest norm of the gradient.
            use_amp: Whether to train in mixed precision.
            callback: Called with score, epoch and steps after each evaluation.
            show_progress_bar: Whether to show progress.
            checkpoint_path: Folder for checkpoints; None saves none.
            checkpoint_save_steps: Steps between them.
            checkpoint_save_total_limit: How many are kept; 0 keeps all.
            resume_from_checkpoint: Whether to go on from the newest whole checkpoint.
        """
        settings = {name: value for name, value in locals().items() if name not in ("self", "train_objectives")}
        importlib.import_module("likewise.training.fit").fit(self, list(train_objectives), **settings)

    def old_fit(self, *args: Any, **kwargs: Any) -> None:
        """The older name of `fit`."""
        self.fit(*args, **kwargs)
