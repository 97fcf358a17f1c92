"""Scores of a query's candidates, one by one: what distillation from a re-ranker compares.

Legend: B queries, C candidates of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from likewise.errors import ShapeError
from likewise.losses.float32 import float32


def candidate_scores(embeddings: Sequence[Tensor], similarity: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Score each query's candidates.

    Args:
        embeddings: [B, D] of the queries, and of each column of candidates.
        similarity: [B, D] and [B, D] to scores [B].

    Returns:
        [B, C].

    Example:
        >>> candidate_scores([torch.ones(1, 2), torch.ones(1, 2)], lambda a, b: (a * b).sum(1))
        tensor([[2.]])
    """
    query_BD, *candidates = float32(embeddings)
    return torch.stack([similarity(query_BD, each) for each in candidates], dim=1)


def teacher_scores(targets: Tensor, like_BC: Tensor, accepted: str) -> Tensor:
    """The teacher's numbers, checked against the student's.

    Args:
        targets: [B, C], or [B] for one column.
        like_BC: What they are compared with.
        accepted: What the message says is accepted.

    Returns:
        [B, C] in the dtype of the student.

    Raises:
        ShapeError: If the shapes differ.
    """
    scores = targets.to(like_BC.dtype)
    scores = scores[:, None] if scores.dim() == 1 else scores
    if scores.shape != like_BC.shape:
        raise ShapeError(f"labels of shape {tuple(targets.shape)} for {like_BC.shape[1]} columns", accepted=accepted)
    return scores
