"""Distillation from vectors of a teacher: a student's embeddings, perhaps projected, against the teacher's.

Legend: B rows, C columns of texts, D width of the teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError, ShapeError
from likewise.losses.float32 import float32, without_autocast
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
