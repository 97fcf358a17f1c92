"""Triplets within a batch of texts with classes: distances of all pairs, and which pairs and triplets are valid.

Where there is no valid triplet, every objective is 0, and nothing has a gradient.

Legend: B texts, D width; P, N and A stand for positive, negative and anchor, each one of the B.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from likewise.losses.pair_distances import safe_root
from likewise.ops.similarity import cos_sim


@final
class BatchHardTripletLossDistanceFunction:
    """The documented distances of all pairs of a batch.

    Example:
        >>> BatchHardTripletLossDistanceFunction.cosine_distance(torch.eye(2))
        tensor([[0., 1.],
                [1., 0.]])
    """

    @staticmethod
    def cosine_distance(embeddings: Tensor) -> Tensor:
        """1 - cosine of all pairs.

        Args:
            embeddings: [B, D].

        Returns:
            [B, B].
        """
        return 1.0 - cos_sim(embeddings, embeddings)

    @staticmethod
    def euclidean_distance(embeddings: Tensor, squared: bool = False) -> Tensor:
        """The Euclidean distance of all pairs.

        Args:
            embeddings: [B, D].
            squared: Whether squares are returned.

        Returns:
            [B, B], exactly 0 on the diagonal.
        """
        product_BB = embeddings @ embeddings.T
        squares_B = product_BB.diagonal()
        squares_BB = torch.relu(squares_B[:, None] - 2.0 * product_BB + squares_B[None, :])
        squares_BB = squares_BB.masked_fill(torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device), 0.0)
        return squares_BB if squared else safe_root(squares_BB)

    eucledian_distance = euclidean_distance


def same_label(labels_B: Tensor) -> Tensor:
    """Which pairs have one label, a text with itself not counted.

    Args:
        labels_B: Integer classes.

    Returns:
        bool [B, B].

    Example:
        >>> same_label(torch.tensor([0, 0, 1]))
        tensor([[False,  True, False],
                [ True, False, False],
                [False, False, False]])
    """
    same_BB = labels_B[:, None] == labels_B[None, :]
    return same_BB & ~torch.eye(len(labels_B), dtype=torch.bool, device=labels_B.device)


def different_label(labels_B: Tensor) -> Tensor:
    """Which pairs have two labels.

    Args:
        labels_B: Integer classes.

    Returns:
        bool [B, B].
    """
    return labels_B[:, None] != labels_B[None, :]


def nothing(distances_BB: Tensor) -> Tensor:
    """The value of an objective without a valid triplet: 0, whose gradient is 0.

    Args:
        distances_BB: Distances of all pairs.

    Returns:
        A scalar.
    """
    return distances_BB.sum() * 0.0


def hardest(distances_BB: Tensor, labels_B: Tensor) -> tuple[Tensor, Tensor]:
    """For each anchor that has both, its farthest positive and its nearest negative.

    Args:
        distances_BB: Distances of all pairs.
        labels_B: Integer classes.

    Returns:
        Two tensors [A] of distances; empty where no anchor has both.
    """
    same_BB, other_BB = same_label(labels_B), different_label(labels_B)
    valid_B = same_BB.any(1) & other_BB.any(1)
    farthest_B = distances_BB.masked_fill(~same_BB, -torch.inf).amax(1)
    nearest_B = distances_BB.masked_fill(~other_BB, torch.inf).amin(1)
    return farthest_B[valid_B], nearest_B[valid_B]


def batch_all(distances_BB: Tensor, labels_B: Tensor, margin: float) -> Tensor:
    """Mean of max(0, d(a, p) - d(a, n) + margin) over the valid triplets where it is positive.

    Args:
        distances_BB: Distances of all pairs.
        labels_B: Integer classes.
        margin: By how much the positive must be nearer.

    Returns:
        A scalar.
    """
    costs = []
    for row_B, same_B, other_B in zip(distances_BB, same_label(labels_B), different_label(labels_B), strict=True):
        cost_PN = row_B[same_B][:, None] - row_B[other_B][None, :] + margin
        costs.append(cost_PN[cost_PN > 1e-16])
    positive = torch.cat(costs)
    return positive.mean() if len(positive) else nothing(distances_BB)


def batch_hard(distances_BB: Tensor, labels_B: Tensor, margin: float) -> Tensor:
    """Mean over anchors of max(0, d(a, farthest positive) - d(a, nearest negative) + margin).

    Args:
        distances_BB: Distances of all pairs.
        labels_B: Integer classes.
        margin: By how much the positive must be nearer.

    Returns:
        A scalar.
    """
    farthest_A, nearest_A = hardest(distances_BB, labels_B)
    return torch.relu(farthest_A - nearest_A + margin).mean() if len(farthest_A) else nothing(distances_BB)


def batch_hard_soft_margin(distances_BB: Tensor, labels_B: Tensor) -> Tensor:
    """Mean over anchors of log(1 + exp(d(a, farthest positive) - d(a, nearest negative))).

    Args:
        distances_BB: Distances of all pairs.
        labels_B: Integer classes.

    Returns:
        A scalar.
    """
    farthest_A, nearest_A = hardest(distances_BB, labels_B)
    return torch.nn.functional.softplus(farthest_A - nearest_A).mean() if len(farthest_A) else nothing(distances_BB)


def batch_semi_hard(distances_BB: Tensor, labels_B: Tensor, margin: float) -> Tensor:
    """Mean over (anchor, positive) of max(0, d(a, p) - d(a, semi-hard negative) + margin).

    The semi-hard negative is the nearest one that is farther than the positive, or else the farthest negative.

    Args:
        distances_BB: Distances of all pairs.
        labels_B: Integer classes.
        margin: By how much the positive must be nearer.

    Returns:
        A scalar.
    """
    costs = []
    for row_B, same_B, other_B in zip(distances_BB, same_label(labels_B), different_label(labels_B), strict=True):
        positive_P, negative_N = row_B[same_B], row_B[other_B]
        if not len(positive_P) or not len(negative_N):
            continue
        farther_PN = negative_N[None, :] > positive_P[:, None]
        outside_P = negative_N[None, :].expand_as(farther_PN).masked_fill(~farther_PN, torch.inf).amin(1)
        chosen_P = torch.where(farther_PN.any(1), outside_P, negative_N.max())
        costs.append(torch.relu(positive_P - chosen_P + margin))
    return torch.cat(costs).mean() if costs else nothing(distances_BB)
