"""Contrastive losses on labelled pairs: alike pairs are drawn together, others pushed out to a margin.

Legend: B pairs, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.inputs import columns_of, labels_of
from likewise.losses.loss import Loss
from likewise.losses.naming import member_name
from likewise.losses.pair_distances import SiameseDistanceMetric
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import CONTRASTIVE

Distance = Callable[[Tensor, Tensor], Tensor]


def contrastive(distances_B: Tensor, alike_B: Tensor, margin: float) -> Tensor:
    """0.5 x (y d^2 + (1 - y) max(0, margin - d)^2) for each pair.

    Args:
        distances_B: Distance of each pair.
        alike_B: 1 for alike pairs, 0 for others.
        margin: Distance beyond which other pairs cost nothing.

    Returns:
        [B].

    Example:
        >>> contrastive(torch.tensor([0.2, 0.2]), torch.tensor([1, 0]), 0.5)
        tensor([0.0200, 0.0450])
    """
    alike_B = alike_B.to(distances_B.dtype)
    return 0.5 * (alike_B * distances_B.square() + (1.0 - alike_B) * torch.relu(margin - distances_B).square())


def online_contrastive(distances_B: Tensor, alike_B: Tensor, margin: float) -> Tensor:
    """The contrastive objective on the hard pairs only, summed.

    Hard are alike pairs farther apart than the nearest other pair, and other pairs nearer than the farthest alike one.
    Where a batch holds one kind only, its mean distance stands for the other kind's extreme.

    Args:
        distances_B: Distance of each pair.
        alike_B: 1 for alike pairs, 0 for others.
        margin: Distance beyond which other pairs cost nothing.

    Returns:
        A scalar.

    Example:
        >>> online_contrastive(torch.tensor([0.1, 0.4, 0.2, 0.9]), torch.tensor([1, 1, 0, 0]), 0.5)
        tensor(0.2500)
    """
    alike, other = distances_B[alike_B == 1], distances_B[alike_B == 0]
    farthest = alike.max() if len(alike) else other.mean()
    nearest = other.min() if len(other) else alike.mean()
    hard_alike, hard_other = alike[alike > nearest], other[other < farthest]
    return hard_alike.square().sum() + torch.relu(margin - hard_other).square().sum()


class ContrastiveLoss(Loss):
    """Draws alike pairs together, and pushes others out to a margin.

    Args:
        model: The model to train.
        distance_metric: [B, D] and [B, D] to distances [B]; a member of `SiameseDistanceMetric`, or a function.
        margin: Distance beyond which other pairs cost nothing.
        size_average: Whether the mean is taken, not the sum.

    Example:
        >>> loss = ContrastiveLoss(nn.Identity())
        >>> loss.compute([torch.eye(2), torch.eye(2)], torch.tensor([1, 0]))
        tensor(0.0625)

    Reference:
        Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.BINARY)

    def __init__(
        self,
        model: nn.Module,
        distance_metric: Distance = SiameseDistanceMetric.COSINE_DISTANCE,
        margin: float = 0.5,
        size_average: bool = True,
    ) -> None:
        super().__init__(model)
        self.distance_metric = distance_metric
        self.margin = margin
        self.size_average = size_average

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the first and the second texts.
            targets: 1 for alike pairs, 0 for others, [B].

        Returns:
            A scalar.
        """
        first_BD, second_BD = columns_of(embeddings, self.roles)
        alike_B = labels_of(targets, first_BD, self.roles)
        costs_B = contrastive(self.distance_metric(first_BD, second_BD), alike_B, self.margin)
        return costs_B.mean() if self.size_average else costs_B.sum()

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the distance, margin, and whether the mean is taken."""
        return {
            "distance_metric": member_name(self.distance_metric, SiameseDistanceMetric),
            "margin": self.margin,
            "size_average": self.size_average,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return CONTRASTIVE


class OnlineContrastiveLoss(Loss):
    """The contrastive objective on the hard pairs of each batch; often better than `ContrastiveLoss`.

    Args:
        model: The model to train.
        distance_metric: [B, D] and [B, D] to distances [B]; a member of `SiameseDistanceMetric`, or a function.
        margin: Distance beyond which other pairs cost nothing.

    Example:
        >>> OnlineContrastiveLoss(nn.Identity()).get_config_dict()
        {'distance_metric': 'SiameseDistanceMetric.COSINE_DISTANCE', 'margin': 0.5}
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.BINARY)

    def __init__(
        self,
        model: nn.Module,
        distance_metric: Distance = SiameseDistanceMetric.COSINE_DISTANCE,
        margin: float = 0.5,
    ) -> None:
        super().__init__(model)
        self.distance_metric = distance_metric
        self.margin = margin

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the first and the second texts.
            targets: 1 for alike pairs, 0 for others, [B].

        Returns:
            A scalar.
        """
        first_BD, second_BD = columns_of(embeddings, self.roles)
        alike_B = labels_of(targets, first_BD, self.roles)
        return online_contrastive(self.distance_metric(first_BD, second_BD), alike_B, self.margin)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the distance, and margin."""
        return {"distance_metric": member_name(self.distance_metric, SiameseDistanceMetric), "margin": self.margin}
