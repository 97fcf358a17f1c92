"""A teacher's distribution over candidates, learnt by the student: distillation from a re-ranker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from likewise.errors import ConfigError
from likewise.losses.candidate_scores import candidate_scores, teacher_scores
from likewise.losses.inputs import columns_of, targets_of
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import KL_DISTILLATION
from likewise.ops.similarity import pairwise_dot_score


class DistillKLDivLoss(Loss):
    """KL(softmax(teacher / T') || softmax(student / T)) x T^2, mean over queries.

    Args:
        model: The model to train.
        similarity_fct: [B, D] and [B, D] to scores [B].
        temperature: Both temperatures, unless they are given one by one.
        student_temperature: T, above 0.
        teacher_temperature: T', above 0.

    Raises:
        ConfigError: If a temperature is not above 0.

    Example:
        >>> import torch
        >>> query, positive, negative = torch.ones(1, 2), torch.ones(1, 2), torch.zeros(1, 2)
        >>> DistillKLDivLoss(nn.Identity()).compute([query, positive, negative], torch.tensor([[2.0, 0.0]]))
        tensor(0.)

    Reference:
        Lin et al., Distilling Dense Representations for Ranking using Tightly-Coupled Teachers, arXiv:2010.11386.
    """

    roles: ClassVar[Roles] = Roles(("query", "positive", "negative"), more="negative", label=Label.SCORES)

    def __init__(
        self,
        model: nn.Module,
        similarity_fct: Callable[[Tensor, Tensor], Tensor] = pairwise_dot_score,
        temperature: float = 1.0,
        student_temperature: float | None = None,
        teacher_temperature: float | None = None,
    ) -> None:
        super().__init__(model)
        self.similarity_fct = similarity_fct
        self.temperature = temperature
        self.student_temperature = temperature if student_temperature is None else student_temperature
        self.teacher_temperature = temperature if teacher_temperature is None else teacher_temperature
        if min(self.student_temperature, self.teacher_temperature) <= 0:
            raise ConfigError(
                f"temperatures {self.student_temperature} and {self.teacher_temperature}", accepted="numbers above 0"
            )

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of queries, positives and each column of negatives.
            targets: The teacher's scores, [B, 1 + negatives].

        Returns:
            A scalar.
        """
        said = targets_of(targets, embeddings[0], self.roles)
        scores_BC = candidate_scores(columns_of(embeddings, self.roles), self.similarity_fct)
        teacher_BC = teacher_scores(said, scores_BC, "one score for the positive and each negative")
        student = F.log_softmax(scores_BC / self.student_temperature, dim=1)
        teacher = F.log_softmax(teacher_BC / self.teacher_temperature, dim=1)
        return F.kl_div(student, teacher, reduction="batchmean", log_target=True) * self.student_temperature**2

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the similarity function, and temperatures."""
        return {
            "similarity_fct": function_name(self.similarity_fct),
            "student_temperature": self.student_temperature,
            "teacher_temperature": self.teacher_temperature,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return KL_DISTILLATION
