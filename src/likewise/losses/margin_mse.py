"""The difference between a positive's and a negative's score, as a teacher sees it: distillation for retrieval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from likewise.losses.candidate_scores import candidate_scores, teacher_scores
from likewise.losses.inputs import columns_of, targets_of
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import MARGIN_MSE
from likewise.ops.similarity import pairwise_dot_score


class MarginMSELoss(Loss):
    """Mean of ((s(q, p) - s(q, n)) - margin)^2 over rows and negatives.

    Labels are margins, one for each negative; or the teacher's scores of the positive and all negatives, from which the
    margins are computed.

    Args:
        model: The model to train.
        similarity_fct: [B, D] and [B, D] to scores [B].

    Example:
        >>> import torch
        >>> query, positive, negative = torch.ones(1, 2), torch.ones(1, 2), torch.zeros(1, 2)
        >>> MarginMSELoss(nn.Identity()).compute([query, positive, negative], torch.tensor([1.0]))
        tensor(1.)

    Reference:
        Hofstätter et al., Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation,
        arXiv:2010.02666.
    """

    roles: ClassVar[Roles] = Roles(("query", "positive", "negative"), more="negative", label=Label.MARGINS)

    def __init__(
        self, model: nn.Module, similarity_fct: Callable[[Tensor, Tensor], Tensor] = pairwise_dot_score
    ) -> None:
        super().__init__(model)
        self.similarity_fct = similarity_fct

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of queries, positives and each column of negatives.
            targets: Margins [B] or [B, negatives], or scores [B, 1 + negatives].

        Returns:
            A scalar.
        """
        targets = targets_of(targets, embeddings[0], self.roles)
        scores_BC = candidate_scores(columns_of(embeddings, self.roles), self.similarity_fct)
        margins_BN = scores_BC[:, :1] - scores_BC[:, 1:]
        if targets.dim() == 2 and targets.shape[1] == scores_BC.shape[1]:
            targets = targets[:, :1] - targets[:, 1:]
        accepted = "one margin for each negative, or one score for the positive and each negative"
        return F.mse_loss(margins_BN, teacher_scores(targets, margins_BN, accepted))

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the similarity function."""
        return {"similarity_fct": function_name(self.similarity_fct)}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MARGIN_MSE
