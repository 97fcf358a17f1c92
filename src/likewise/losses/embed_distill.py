"""Distillation of embeddings with a distance that may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.errors import ConfigError
from likewise.losses.pair_distances import cosine_distance, euclidean_distance
from likewise.losses.sources import EMBED_DISTILL
from likewise.losses.teacher_vectors import TeacherVectorLoss


class EmbedDistillLoss(TeacherVectorLoss):
    """Mean distance between the embeddings of all columns and the teacher's vectors.

    Args:
        model: The model to train.
        distance_metric: "cosine" (1 - cosine), "l2" (Euclidean) or "mse" (squared, mean over numbers).
        projection_dim: Width of the teacher, if it is not the student's: a linear map is learnt beside.

    Raises:
        ConfigError: If the distance is another one.

    Example:
        >>> EmbedDistillLoss(nn.Identity(), "l2").compute([torch.zeros(1, 2)], torch.tensor([[3.0, 4.0]]))
        tensor(5.)

    Reference:
        Kim et al., EmbedDistill: A Geometric Knowledge Distillation for Information Retrieval, arXiv:2301.12005.
    """

    def __init__(self, model: nn.Module, distance_metric: str = "cosine", projection_dim: int | None = None) -> None:
        super().__init__(model, projection_dim)
        if distance_metric not in ("cosine", "l2", "mse"):
            raise ConfigError(f"distance_metric={distance_metric!r}", accepted="'cosine', 'l2' or 'mse'")
        self.distance_metric = distance_metric

    def distance(self, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """How far the student is from the teacher.

        Args:
            pairs: (student [B, D], teacher [B, D]) for each column.

        Returns:
            A scalar.
        """
        return torch.stack([self._distance(student, teacher) for student, teacher in pairs]).mean()

    def _distance(self, student_BD: Tensor, teacher_BD: Tensor) -> Tensor:
        if self.distance_metric == "mse":
            return F.mse_loss(student_BD, teacher_BD)
        distance = cosine_distance if self.distance_metric == "cosine" else euclidean_distance
        return distance(student_BD, teacher_BD).mean()

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: the distance, and the width of the projection."""
        return {"distance_metric": self.distance_metric, "projection_dim": self.projection_dim}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return EMBED_DISTILL
