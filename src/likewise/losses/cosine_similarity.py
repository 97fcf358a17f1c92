"""The cosine of two embeddings against a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.losses.inputs import columns_of, labels_of
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import SBERT
from likewise.ops.similarity import pairwise_cos_sim
from likewise.qualified_name import fullname


class CosineSimilarityLoss(Loss):
    """loss_fct(transformation(cos(u, v)), label), with the squared error as the default.

    Args:
        model: The model to train.
        loss_fct: Compares [B] with [B].
        cos_score_transformation: Applied to the cosines.

    Example:
        >>> import torch
        >>> CosineSimilarityLoss(nn.Identity()).compute([torch.eye(2), torch.eye(2)], torch.tensor([1.0, 0.0]))
        tensor(0.5000)

    Reference:
        Reimers and Gurevych, Sentence-BERT, arXiv:1908.10084.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.SCORE)

    def __init__(
        self, model: nn.Module, loss_fct: nn.Module | None = None, cos_score_transformation: nn.Module | None = None
    ) -> None:
        super().__init__(model)
        self.loss_fct = nn.MSELoss() if loss_fct is None else loss_fct
        self.cos_score_transformation = nn.Identity() if cos_score_transformation is None else cos_score_transformation

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the first and the second texts.
            targets: Scores, [B].

        Returns:
            A scalar.
        """
        first_BD, second_BD = columns_of(embeddings, self.roles)
        labels_B = labels_of(targets, first_BD, self.roles)
        scores_B = self.cos_score_transformation(pairwise_cos_sim(first_BD, second_BD))
        value: Tensor = self.loss_fct(scores_B, labels_B.to(scores_B.dtype))
        return value

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: names of the two functions."""
        return {
            "loss_fct": fullname(self.loss_fct),
            "cos_score_transformation": fullname(self.cos_score_transformation),
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return SBERT
