"""CoSENT: wrongly ordered pairs of scores cost, however far apart their labels are.

Legend: B pairs, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.float32 import for_sums
from likewise.losses.inputs import columns_of, labels_of
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import COSENT
from likewise.ops.similarity import pairwise_cos_sim

Similarity = Callable[[Tensor, Tensor], Tensor]


def cosent(scores_B: Tensor, labels_B: Tensor, scale: float = 20.0) -> Tensor:
    """log(1 + sum over pairs i, j with label i < label j of exp(scale x (score i - score j))).

    Pairs are not enumerated: in the order of the labels, the inner sum over i is a running one. So time is that of
    sorting, and memory that of the scores.

    Args:
        scores_B: Similarity of each pair of texts.
        labels_B: What it should be, on any scale.
        scale: Factor of the scores.

    Returns:
        A scalar; 0 where no two labels differ.

    Example:
        >>> cosent(torch.tensor([0.9, 0.1]), torch.tensor([0.0, 1.0]), scale=1.0)
        tensor(1.1711)
    """
    ordered_B, order_B = labels_B.sort()
    scaled_B = for_sums(scores_B[order_B]) * scale
    # How many labels are smaller than each; equal ones are not.
    smaller_B = torch.searchsorted(ordered_B, ordered_B)
    later_B = smaller_B > 0
    below_B = torch.logcumsumexp(scaled_B, dim=0)[smaller_B[later_B] - 1]
    exponents = torch.cat([scaled_B.new_zeros(1), below_B - scaled_B[later_B]])
    return torch.logsumexp(exponents, dim=0).to(scores_B.dtype)


class CoSENTLoss(Loss):
    """Orders pairs by their similarity, as their labels are ordered.

    Args:
        model: The model to train.
        scale: Factor of the similarities.
        similarity_fct: [B, D] and [B, D] to the similarity of each pair, [B].

    Example:
        >>> loss = CoSENTLoss(nn.Identity())
        >>> loss.compute([torch.eye(2), torch.eye(2)], torch.tensor([1.0, 1.0]))
        tensor(0.)

    Reference:
        Su, CoSENT: a more efficient sentence vector scheme than Sentence-BERT, 2022, https://kexue.fm/archives/8847.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.SCORE)

    def __init__(self, model: nn.Module, scale: float = 20.0, similarity_fct: Similarity = pairwise_cos_sim) -> None:
        super().__init__(model)
        self.scale = scale
        self.similarity_fct = similarity_fct

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the first and the second texts.
            targets: Labels, [B].

        Returns:
            A scalar.
        """
        first_BD, second_BD = columns_of(embeddings, self.roles)
        labels_B = labels_of(targets, first_BD, self.roles)
        return cosent(self.similarity_fct(first_BD, second_BD), labels_B, self.scale)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: scale and name of the similarity function."""
        return {"scale": self.scale, "similarity_fct": function_name(self.similarity_fct)}

    @property
    def citation(self) -> str:
        """BibTeX of the source."""
        return COSENT
