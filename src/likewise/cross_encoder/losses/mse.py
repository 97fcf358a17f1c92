"""Mean squared error of each pair's score: regression, or distillation from a teacher's scores."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.labels import pair_labels
from likewise.cross_encoder.losses.pair_loss import PairLoss
from likewise.cross_encoder.losses.sources import MARGIN_MSE
from likewise.losses.roles import Label, Roles


class MSELoss(PairLoss):
    r"""Mean of $(s - y)^2$ over pairs and outputs.

    Data: (sentence1, sentence2) and a number, such as a teacher's score; one for each output if the model has several.

    Args:
        model: The model to train.
        activation_fn: What its outputs go through; None for nothing.
        **kwargs: Further arguments of `torch.nn.MSELoss`.

    Example:
        >>> import torch
        >>> MSELoss(nn.Identity()).objective(torch.zeros(2, 1), [1, 1], [1.0, 3.0])
        tensor(5.)

    Reference:
        Hofstätter et al., Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation,
        arXiv:2010.02666, where it is compared with `MarginMSELoss`.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.SCORE)

    def __init__(self, model: nn.Module, activation_fn: nn.Module | None = None, **kwargs: Any) -> None:
        super().__init__(model, activation_fn)
        self.loss_fct = nn.MSELoss(**kwargs)

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, L].
            labels: Numbers, [B] or [B, L].
            where: Not used.

        Returns:
            A scalar.
        """
        del where
        value: Tensor = self.loss_fct(scores, pair_labels(labels, scores))
        return value

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MARGIN_MSE
