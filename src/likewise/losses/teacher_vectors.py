"""Distillation from vectors of a teacher: a student's embeddings, perhaps projected, against the teacher's.

Here: what such losses share. Not here: the distance, which each loss has for itself.

Legend: B rows, C columns of texts, D width of the teacher.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError, ShapeError
from likewise.losses.float32 import float32, without_autocast
from likewise.losses.inputs import columns_of, targets_of
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.losses.width import model_width


def projection(model: nn.Module, projection_dim: int | None) -> nn.Linear | None:
    """The learnt map from the student's width to the teacher's.

    Args:
        model: The student.
        projection_dim: Width of the teacher; None makes no map.

    Returns:
        The map, or None.

    Raises:
        ConfigError: If the student does not know its width.
    """
    if projection_dim is None:
        return None
    width = model_width(model)
    if width is None:
        raise ConfigError("projection_dim with a model that does not know its width", accepted="projection_dim=None")
    return nn.Linear(width, projection_dim)


def beside_teacher(
    embeddings: Sequence[Tensor], targets: Any, project: nn.Linear | None
) -> list[tuple[Tensor, Tensor]]:
    """Put each column beside what the teacher says about it.

    Args:
        embeddings: [B, width] for each column.
        targets: [B, D], the same for all columns, or [B, C, D].
        project: Map to the teacher's width, or None.

    Returns:
        (student [B, D], teacher [B, D]) for each column.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:
        >>> [(a.shape, b.shape) for a, b in beside_teacher([torch.ones(2, 3)], torch.ones(2, 3), None)]
        [(torch.Size([2, 3]), torch.Size([2, 3]))]
    """
    students = float32(embeddings)
    if project is not None:
        with without_autocast(students[0]):
            students = float32([project(each.to(project.weight.dtype)) for each in students])
    teachers = targets.unbind(1) if targets.dim() == 3 else [targets] * len(students)
    for student in students:
        if len(teachers) != len(students) or teachers[0].shape != student.shape:
            raise ShapeError(
                f"labels of shape {tuple(targets.shape)} for {len(students)} columns of shape {tuple(student.shape)}",
                accepted="one teacher vector of the student's width for each row, or for each row and column",
                fix="projection_dim=<width of the teacher>, where the loss takes it",
            )
    return [(s, torch.as_tensor(t, dtype=s.dtype, device=s.device)) for s, t in zip(students, teachers, strict=True)]


class TeacherVectorLoss(Loss):
    """The base of losses that compare the embeddings of all columns with a teacher's vectors.

    Args:
        model: The model to train.
        projection_dim: Width of the teacher, if it is not the student's: a linear map is learnt beside.
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
        return self.distance(beside_teacher(columns_of(embeddings, self.roles), teachers, self.projection))

    @abstractmethod
    def distance(self, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """How far the student is from the teacher.

        Args:
            pairs: (student [B, D], teacher [B, D]) for each column.

        Returns:
            A scalar.
        """
