"""The triplet objective: the positive must be nearer than the negative, by a margin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.inputs import columns_of
from likewise.losses.loss import Loss
from likewise.losses.naming import member_name
from likewise.losses.pair_distances import TripletDistanceMetric
from likewise.losses.roles import Roles
from likewise.losses.sources import FACENET


class TripletLoss(Loss):
    """Mean of max(0, d(anchor, positive) - d(anchor, negative) + margin).

    Args:
        model: The model to train.
        distance_metric: [B, D] and [B, D] to distances [B]; a member of `TripletDistanceMetric`, or a function.
        triplet_margin: By how much the positive must be nearer, in units of the distance.

    Example:
        >>> loss = TripletLoss(nn.Identity(), triplet_margin=1.0)
        >>> loss.compute([torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1, 2)], None)
        tensor(2.4142)

    Reference:
        Schroff et al., FaceNet, arXiv:1503.03832.
    """

    roles: ClassVar[Roles] = Roles(("anchor", "positive", "negative"))

    def __init__(
        self,
        model: nn.Module,
        distance_metric: Callable[[Tensor, Tensor], Tensor] = TripletDistanceMetric.EUCLIDEAN,
        triplet_margin: float = 5,
    ) -> None:
        super().__init__(model)
        self.distance_metric = distance_metric
        self.triplet_margin = triplet_margin

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of anchors, positives and negatives.
            targets: Not used.

        Returns:
            A scalar.
        """
        del targets
        anchor_BD, positive_BD, negative_BD = columns_of(embeddings, self.roles)
        nearer_B = self.distance_metric(anchor_BD, positive_BD) - self.distance_metric(anchor_BD, negative_BD)
        return torch.relu(nearer_B + self.triplet_margin).mean()

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the distance, and margin."""
        return {
            "distance_metric": member_name(self.distance_metric, TripletDistanceMetric),
            "triplet_margin": self.triplet_margin,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return FACENET
