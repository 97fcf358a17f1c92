"""The documented losses on single texts with a class: every batch is mined for triplets by `batch_triplets`.

Give them batches in which classes stand several times: `batch_sampler="group_by_label"`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.losses import batch_triplets
from likewise.losses.batch_triplets import BatchHardTripletLossDistanceFunction
from likewise.losses.gather import gather_columns
from likewise.losses.inputs import columns_of, labels_of
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import FACENET, TRIPLETS

Distances = Callable[[Tensor], Tensor]
_EUCLIDEAN = BatchHardTripletLossDistanceFunction.euclidean_distance


class BatchTripletLoss(Loss):
    """The base of the losses that mine a batch of single texts for triplets.

    Args:
        model: The model to train.
        distance_metric: [B, D] to the distances of all pairs, [B, B].
        gather_across_devices: Whether the texts of all processes are one batch; each process computes the joint value.
    """

    roles: ClassVar[Roles] = Roles(("sentence",), label=Label.CLASS)

    def __init__(self, model: nn.Module, distance_metric: Distances, *, gather_across_devices: bool = False) -> None:
        super().__init__(model)
        self.distance_metric = distance_metric
        self.gather_across_devices = gather_across_devices

    @abstractmethod
    def mine(self, distances_BB: Tensor, labels_B: Tensor) -> Tensor:
        """The objective on distances.

        Args:
            distances_BB: Distances of all pairs.
            labels_B: Integer classes.

        Returns:
            A scalar.
        """

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the texts.
            targets: Integer classes, [B].

        Returns:
            A scalar; 0 without gradient where there is no valid triplet.
        """
        (texts_BD,) = columns_of(embeddings, self.roles)
        labels_B1 = labels_of(targets, texts_BD, self.roles)[:, None]
        (texts_ND,), (labels_N1,) = (
            gather_columns([each], across_devices=self.gather_across_devices).columns for each in (texts_BD, labels_B1)
        )
        return self.mine(self.distance_metric(texts_ND), labels_N1[:, 0])

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: name of the distance, and margin if there is one."""
        margin = {"margin": self.margin} if isinstance(self, WithMargin) else {}
        across = {"gather_across_devices": self.gather_across_devices}
        return {"distance_metric": function_name(self.distance_metric), **margin, **across}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return TRIPLETS


class WithMargin(BatchTripletLoss):
    """The base of those with a margin.

    Args:
        model: The model to train.
        distance_metric: [B, D] to the distances of all pairs, [B, B].
        margin: By how much a positive must be nearer than a negative.
        gather_across_devices: Whether the texts of all processes are one batch.
    """

    def __init__(
        self,
        model: nn.Module,
        distance_metric: Distances = _EUCLIDEAN,
        margin: float = 5,
        *,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model, distance_metric, gather_across_devices=gather_across_devices)
        self.margin = margin


class BatchAllTripletLoss(WithMargin):
    """All valid triplets of a batch that cost something.

    Example:
        >>> import torch
        >>> loss = BatchAllTripletLoss(nn.Identity(), margin=1.0)
        >>> loss.compute([torch.tensor([[0.0], [1.0], [3.0]])], torch.tensor([0, 0, 1]))
        tensor(0.)

    Reference:
        Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, arXiv:1703.07737.
    """

    def mine(self, distances_BB: Tensor, labels_B: Tensor) -> Tensor:
        """See `batch_triplets.batch_all`."""
        return batch_triplets.batch_all(distances_BB, labels_B, self.margin)


class BatchHardTripletLoss(WithMargin):
    """For each text its farthest positive and its nearest negative.

    Example:
        >>> import torch
        >>> loss = BatchHardTripletLoss(nn.Identity(), margin=2.0)
        >>> loss.compute([torch.tensor([[0.0], [1.0], [3.0]])], torch.tensor([0, 0, 1]))
        tensor(0.5000)

    Reference:
        Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, arXiv:1703.07737.
    """

    def mine(self, distances_BB: Tensor, labels_B: Tensor) -> Tensor:
        """See `batch_triplets.batch_hard`."""
        return batch_triplets.batch_hard(distances_BB, labels_B, self.margin)


class BatchHardSoftMarginTripletLoss(BatchTripletLoss):
    """For each text its farthest positive and its nearest negative, with a soft margin.

    Args:
        model: The model to train.
        distance_metric: [B, D] to the distances of all pairs, [B, B].
        gather_across_devices: Whether the texts of all processes are one batch.

    Example:
        >>> import torch
        >>> loss = BatchHardSoftMarginTripletLoss(nn.Identity())
        >>> loss.compute([torch.tensor([[0.0], [1.0], [3.0]])], torch.tensor([0, 0, 1]))
        tensor(0.2201)

    Reference:
        Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, arXiv:1703.07737.
    """

    def __init__(
        self, model: nn.Module, distance_metric: Distances = _EUCLIDEAN, *, gather_across_devices: bool = False
    ) -> None:
        super().__init__(model, distance_metric, gather_across_devices=gather_across_devices)

    def mine(self, distances_BB: Tensor, labels_B: Tensor) -> Tensor:
        """See `batch_triplets.batch_hard_soft_margin`."""
        return batch_triplets.batch_hard_soft_margin(distances_BB, labels_B)


class BatchSemiHardTripletLoss(WithMargin):
    """For each text and positive the nearest negative that is farther than the positive.

    Example:
        >>> import torch
        >>> loss = BatchSemiHardTripletLoss(nn.Identity(), margin=2.0)
        >>> loss.compute([torch.tensor([[0.0], [1.0], [3.0]])], torch.tensor([0, 0, 1]))
        tensor(0.5000)

    Reference:
        Schroff et al., FaceNet, arXiv:1503.03832.
    """

    def mine(self, distances_BB: Tensor, labels_B: Tensor) -> Tensor:
        """See `batch_triplets.batch_semi_hard`."""
        return batch_triplets.batch_semi_hard(distances_BB, labels_B, self.margin)

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return FACENET
