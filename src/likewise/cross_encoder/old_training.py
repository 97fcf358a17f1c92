"""The documented training method of older versions, on the model itself. How it is done is `cross_encoder.fit`.

The trainer knows models, so a model cannot import it; it is looked up by name when somebody trains.
"""

from __future__ import annotations

import importlib
from abc import ABC
from collections.abc import Callable, Mapping
from typing import Any

import torch

from likewise.cross_encoder.pipeline import Activation
from likewise.cross_encoder.stored_cross_encoder import StoredCrossEncoder


class TrainableCrossEncoder(StoredCrossEncoder, ABC):
    """A re-ranker that can be trained by `fit`; arguments as in `StoredCrossEncoder`."""

    def fit(
        self,
        train_dataloader: Any,
        evaluator: Any = None,
        epochs: int = 1,
        loss_fct: Callable[..., torch.Tensor] | None = None,
        activation_fct: Activation | None = None,
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
    ) -> None:
        """Train the model with a data loader of `InputExample` objects; new code takes `CrossEncoderTrainer`.

        Args:
            train_dataloader: Loader of examples of two texts and a label.
            evaluator: Run after each epoch, and every `evaluation_steps`.
            epochs: How often the data are gone through.
            loss_fct: Called with activated outputs and labels, [B] each for one output, else [B, L] and [B]. None takes
                the binary cross entropy for one output, the cross entropy of classes for more.
            activation_fct: What outputs go through before the loss; None for nothing.
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

        Raises:
            InputError: If an example cannot be trained on: not two texts, or a label that the loss cannot take.
            ConfigError: If there is no such scheduler.
        """
        settings = {name: value for name, value in locals().items() if name not in ("self", "train_dataloader")}
        importlib.import_module("likewise.cross_encoder.fit").fit(self, train_dataloader, **settings)

    def old_fit(self, *args: Any, **kwargs: Any) -> None:
        """The older name of `fit`."""
        self.fit(*args, **kwargs)
