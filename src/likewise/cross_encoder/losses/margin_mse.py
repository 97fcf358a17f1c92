"""The difference between a positive's and a negative's score, as a teacher sees it.

Legend: B queries, K documents of each (the positive first), N = K - 1 negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.candidates import Candidates, columns_to_pairs
from likewise.cross_encoder.losses.labels import as_tensor
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.cross_encoder.losses.sources import MARGIN_MSE
from likewise.errors import InputError, ShapeError
from likewise.losses.roles import Label, Roles


def margins(scores_BK: Tensor) -> Tensor:
    """How much better the positive is than each negative.

    Args:
        scores_BK: Scores, the positive's first.

    Returns:
        [B, N].

    Example:
        >>> import torch
        >>> margins(torch.tensor([[3.0, 1.0, 2.0]]))
        tensor([[2., 1.]])
    """
    return scores_BK[:, :1] - scores_BK[:, 1:]


class MarginMSELoss(CrossEncoderLoss):
    r"""Mean of $((s^+ - s^-_j) - m_j)^2$ over queries and negatives.

    Data: (query, positive, negative, ...), and the teacher's margins, one for each negative; or its scores of the
    positive and all negatives, from which the margins are computed.

    Args:
        model: The model to train, of one output.
        activation_fn: What its outputs go through; None for nothing.
        **kwargs: Further arguments of `torch.nn.MSELoss`.

    Example:
        >>> import torch
        >>> loss = MarginMSELoss(nn.Identity())
        >>> loss.compute(torch.tensor([[3.0, 1.0]]), torch.tensor([1.0]), None)
        tensor(1.)

    Reference:
        Hofstätter et al., Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation,
        arXiv:2010.02666.
    """

    roles: ClassVar[Roles] = Roles(("query", "positive", "negative"), more="negative", label=Label.MARGINS)

    def __init__(self, model: nn.Module, activation_fn: nn.Module | None = None, **kwargs: Any) -> None:
        super().__init__(model, activation_fn)
        self.loss_fct = nn.MSELoss(**kwargs)

    def candidates(self, inputs: Sequence[Sequence[Any]]) -> Candidates:
        """Each query with its positive and its negatives.

        Args:
            inputs: Columns of queries, positives and negatives.

        Returns:
            The pairs.

        Raises:
            InputError: If there is no negative.
        """
        if self.roles.fit(len(inputs)) is None:
            raise InputError(f"{len(inputs)} columns of inputs", accepted=str(self.roles))
        return columns_to_pairs(inputs)

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, K], the positive's first.
            labels: Margins [B] or [B, N], or the teacher's scores [B, K].
            where: Not used: all rows have K documents.

        Returns:
            A scalar.

        Raises:
            ShapeError: If there are neither as many labels as negatives nor as documents.
        """
        del where
        rows, documents = scores.shape
        targets = as_tensor(labels, scores.device).to(scores.dtype)
        targets = targets[:, None] if targets.dim() == 1 else targets
        if targets.shape == (rows, documents):
            targets = margins(targets)
        if targets.shape != (rows, documents - 1):
            raise ShapeError(
                f"labels of shape {tuple(targets.shape)} for {rows} queries with {documents - 1} negatives",
                accepted="a margin for each negative, or a score for the positive and each negative",
            )
        value: Tensor = self.loss_fct(margins(scores), targets)
        return value

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MARGIN_MSE
