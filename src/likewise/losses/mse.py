"""The squared error between embeddings and a teacher's vectors: knowledge distillation, other languages included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.losses.inputs import columns_of, targets_of
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import MULTILINGUAL
from likewise.losses.teacher_vectors import beside_teacher, projection


class MSELoss(Loss):
    """Mean squared difference between the embeddings of all columns and the teacher's vectors.

    Args:
        model: The model to train.
        projection_dim: Width of the teacher, if it is not the student's: a linear map is learnt beside.

    Example:
        >>> MSELoss(nn.Identity()).compute([torch.zeros(2, 3)], torch.ones(2, 3))
        tensor(1.)

    Reference:
        Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation,
        arXiv:2004.09813.
    """

    roles: ClassVar[Roles] = Roles(("sentence",), more="sentence", label=Label.VECTOR)

    def __init__(self, model: nn.Module, projection_dim: int | None = None) -> None:
        super().__init__(model)
        self.projection_dim = projection_dim
        self.projection = projection(model, projection_dim)

    @property
    def fixed_width(self) -> int | None:
        """The only width of embeddings that the projection takes; None without one."""
        return None if self.projection is None else self.projection.in_features

    def cut_targets(self, targets: Any, width: int) -> Any:
        """What embeddings cut to their first numbers are compared with: the teacher's first numbers.

        Args:
            targets: The teacher's vectors.
            width: How many numbers are left.

        Returns:
            The vectors, cut.
        """
        return targets[..., :width]

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] for each column.
            targets: The teacher's vectors, [B, D] for all columns, or [B, columns, D].

        Returns:
            A scalar.
        """
        teachers = targets_of(targets, embeddings[0], self.roles)
        pairs = beside_teacher(columns_of(embeddings, self.roles), teachers, self.projection)
        return F.mse_loss(torch.cat([student for student, _ in pairs]), torch.cat([teacher for _, teacher in pairs]))

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: width of the projection."""
        return {"projection_dim": self.projection_dim}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MULTILINGUAL
