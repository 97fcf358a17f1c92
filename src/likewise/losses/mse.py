"""The squared error between embeddings and a teacher's vectors: knowledge distillation, other languages included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.losses.sources import MULTILINGUAL
from likewise.losses.teacher_vectors import TeacherVectorLoss


class MSELoss(TeacherVectorLoss):
    """Mean squared difference between the embeddings of all columns and the teacher's vectors.

    Args:
        model: The model to train.
        projection_dim: Width of the teacher, if it is not the student's: a linear map is learnt beside.

    Example:
        >>> MSELoss(torch.nn.Identity()).compute([torch.zeros(2, 3)], torch.ones(2, 3))
        tensor(1.)

    Reference:
        Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation,
        arXiv:2004.09813.
    """

    def distance(self, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """How far the student is from the teacher.

        Args:
            pairs: (student [B, D], teacher [B, D]) for each column.

        Returns:
            A scalar.
        """
        return F.mse_loss(torch.cat([student for student, _ in pairs]), torch.cat([teacher for _, teacher in pairs]))

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: width of the projection."""
        return {"projection_dim": self.projection_dim}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MULTILINGUAL
