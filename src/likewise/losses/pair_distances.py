"""Distances between rows of two tensors, one by one; finite gradients everywhere. The documented names are classes.

Legend: B rows, D width.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from likewise.ops.similarity import pairwise_cos_sim


def cosine_distance(x_BD: Tensor, y_BD: Tensor) -> Tensor:
    """1 - cos(x, y), row by row; 1 where a row is 0.

    Args:
        x_BD: [B, D].
        y_BD: [B, D].

    Returns:
        [B].

    Example:
        >>> cosine_distance(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]]))
        tensor([1.])
    """
    return 1.0 - pairwise_cos_sim(x_BD, y_BD)


def euclidean_distance(x_BD: Tensor, y_BD: Tensor) -> Tensor:
    """The Euclidean distance, row by row; the gradient of equal rows is 0.

    Args:
        x_BD: [B, D].
        y_BD: [B, D].

    Returns:
        [B].

    Example:
        >>> euclidean_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([5.])
    """
    return safe_root((x_BD - y_BD).square().sum(-1))


def manhattan_distance(x_BD: Tensor, y_BD: Tensor) -> Tensor:
    """The sum of absolute differences, row by row.

    Args:
        x_BD: [B, D].
        y_BD: [B, D].

    Returns:
        [B].

    Example:
        >>> manhattan_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([7.])
    """
    return (x_BD - y_BD).abs().sum(-1)


def safe_root(squares: Tensor) -> Tensor:
    """Square root whose gradient at 0 is 0.

    Args:
        squares: At least 0, any shape.

    Returns:
        The roots.

    Example:
        >>> zero = torch.zeros(1, requires_grad=True)
        >>> safe_root(zero).sum().backward()
        >>> zero.grad
        tensor([0.])
    """
    positive = squares > 0
    return torch.where(positive, torch.where(positive, squares, 1.0).sqrt(), 0.0)


@final
class SiameseDistanceMetric:
    """The documented distances of contrastive losses.

    Example:
        >>> SiameseDistanceMetric.MANHATTAN(torch.zeros(1, 2), torch.ones(1, 2))
        tensor([2.])
    """

    EUCLIDEAN = staticmethod(euclidean_distance)
    MANHATTAN = staticmethod(manhattan_distance)
    COSINE_DISTANCE = staticmethod(cosine_distance)


@final
class TripletDistanceMetric:
    """The documented distances of `TripletLoss`.

    Example:
        >>> TripletDistanceMetric.COSINE(torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0]]))
        tensor([0.])
    """

    COSINE = staticmethod(cosine_distance)
    EUCLIDEAN = staticmethod(euclidean_distance)
    MANHATTAN = staticmethod(manhattan_distance)
