"""Cross entropy over classes: one of several answers for each pair, such as entailment."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.labels import as_tensor, check_range
from likewise.cross_encoder.losses.pair_loss import PairLoss
from likewise.errors import ConfigError, InputTypeError, ShapeError
from likewise.losses.roles import Label, Roles


class CrossEntropyLoss(PairLoss):
    r"""Mean of $-\log \mathrm{softmax}(s)_y$ over pairs.

    Data: (sentence1, sentence2) and an integer class; or a probability of each class.

    Args:
        model: The model to train, of as many outputs as there are classes.
        activation_fn: What its outputs go through before the softmax; None for nothing.
        **kwargs: Further arguments of `torch.nn.CrossEntropyLoss`, such as `label_smoothing` or `weight`.

    Raises:
        ConfigError: If the model has one output: its softmax is always 1.

    Example:
        >>> import torch
        >>> CrossEntropyLoss(nn.Identity()).objective(torch.zeros(2, 3), [1, 1], [2, 0])
        tensor(1.0986)
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.CLASS)

    def __init__(self, model: nn.Module, activation_fn: nn.Module | None = None, **kwargs: Any) -> None:
        super().__init__(model, activation_fn)
        self.ce_loss = nn.CrossEntropyLoss(**kwargs)

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, L].
            labels: Classes, integers [B]; or probabilities [B, L].
            where: Not used.

        Returns:
            A scalar.

        Raises:
            ConfigError: If there is one output.
            InputError: If a class is not one of the outputs.
            InputTypeError: If classes are not integers.
            ShapeError: If there is not one label for each pair.
        """
        del where
        classes = scores.shape[1]
        if classes < 2:
            raise ConfigError(
                "CrossEntropyLoss for a model of 1 output: its softmax is always 1",
                accepted="as many outputs as classes",
                fix="CrossEncoder(name, num_labels=2), or BinaryCrossEntropyLoss",
            )
        targets = as_tensor(labels, scores.device)
        if targets.is_floating_point() and targets.shape == scores.shape:
            return self._entropy(scores, targets.to(scores.dtype))
        if targets.numel() != len(scores) or targets.dim() == 0:
            raise ShapeError(
                f"labels of shape {tuple(targets.shape)}", accepted=f"a class for each of {len(scores)} pairs"
            )
        if targets.is_floating_point():
            raise InputTypeError(f"labels of {targets.dtype}", accepted="classes as integers", fix="int(label)")
        targets_B = targets.reshape(-1).long()
        counted_B = targets_B[targets_B != self.ce_loss.ignore_index]
        check_range(counted_B, 0, classes - 1, f"classes 0 to {classes - 1}: the model has {classes} outputs")
        return self._entropy(scores, targets_B)

    def _entropy(self, scores: Tensor, targets: Tensor) -> Tensor:
        # On their device, wherever the model was moved since.
        value: Tensor = self.ce_loss.to(scores.device)(scores, targets)
        return value
