"""Triplets within a batch of texts with classes: distances of all pairs, and which pairs and triplets are valid.

Where there is no valid triplet, every objective is 0, and nothing has a gradient.

Legend: B texts, D width; P, N and A stand for positive, negative and anchor, each one of the B.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from likewise.losses.float32 import for_sums
from likewise.ops.similarity import cos_sim, euclidean_sim


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
        itself_BB = torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
        distance_BB = (-euclidean_sim(embeddings, embeddings)).masked_fill(itself_BB, 0.0)
        return distance_BB.square() if squared else distance_BB

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
    same_BB = same_label(labels_B)
    ordered_BN, _ = _negatives(distances_BB, labels_B)
    bound_BP = for_sums(distances_BB) + margin
    # A positive costs something with the negatives below its bound: the first ones, and their sum is a running one.
    count_BP = torch.searchsorted(ordered_BN.detach(), bound_BP.detach()).masked_fill(~same_BB, 0)
    running_BN = torch.nn.functional.pad(ordered_BN.masked_fill(ordered_BN.isinf(), 0.0).cumsum(1), (1, 0))
    cost_BP = count_BP * bound_BP - running_BN.gather(1, count_BP)
    return (cost_BP.sum() / count_BP.sum().clamp_min(1)).to(distances_BB.dtype)


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
    ordered_BN, number_B = _negatives(distances_BB, labels_B)
    valid_BP = same_label(labels_B) & (number_B > 0)[:, None]
    farther_BP = torch.searchsorted(ordered_BN.detach(), for_sums(distances_BB.detach()), right=True)
    chosen_BP = ordered_BN.gather(1, torch.minimum(farther_BP, (number_B[:, None] - 1).clamp_min(0)))
    cost_BP = torch.relu(distances_BB - chosen_BP.masked_fill(~valid_BP, 0.0) + margin).masked_fill(~valid_BP, 0.0)
    return (cost_BP.sum() / valid_BP.sum().clamp_min(1)).to(distances_BB.dtype)


def _negatives(distances_BB: Tensor, labels_B: Tensor) -> tuple[Tensor, Tensor]:
    """For each anchor the distances of its negatives, nearest first, filled up with infinity; and their number."""
    other_BB = different_label(labels_B)
    ordered_BN, _ = for_sums(distances_BB).masked_fill(~other_BB, torch.inf).sort(dim=1)
    return ordered_BN, other_BB.sum(1)
