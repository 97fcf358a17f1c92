"""Contrastive tension with in-batch negatives: two copies of a model recognise the same text among all, both ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.losses.contrastive_tension import ContrastiveTensionLoss
from likewise.losses.float32 import float32
from likewise.losses.in_batch_ranking import name_of
from likewise.losses.roles import Roles
from likewise.losses.scale import checked_scale
from likewise.ops.similarity import cos_sim


class ContrastiveTensionLossInBatchNegatives(ContrastiveTensionLoss):
    """Mean cross entropy of both directions, with a scale that is learnt.

    Data: (text, the same text); no label.

    Args:
        model: The model to train.
        scale: What similarities are multiplied with at the start, above 0.
        similarity_fct: Takes [B, D] and [B, D], gives [B, B].

    Raises:
        InputError: If the scale is not a finite number above 0.

    Example:
        >>> loss = ContrastiveTensionLossInBatchNegatives(nn.Identity(), scale=1.0)
        >>> round(loss.compute([torch.eye(2), torch.eye(2)], None).item(), 4)
        0.3133

    Reference:
        Carlsson et al., Semantic Re-tuning with Contrastive Tension, ICLR 2021.
    """

    roles: ClassVar[Roles] = Roles(("first", "second"))

    def __init__(
        self, model: nn.Module, scale: float = 20.0, similarity_fct: Callable[[Tensor, Tensor], Tensor] = cos_sim
    ) -> None:
        super().__init__(model)
        self.similarity_fct = similarity_fct
        self.logit_scale = nn.Parameter(torch.tensor(math.log(checked_scale(scale))))

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: What each copy says of the texts, [B, D] each.
            targets: Not used.

        Returns:
            A scalar.
        """
        del targets
        first_BD, second_BD = float32(embeddings)
        scores_BB = self.similarity_fct(first_BD, second_BD) * self.logit_scale.exp()
        own_B = torch.arange(len(scores_BB), device=scores_BB.device)
        return (F.cross_entropy(scores_BB, own_B) + F.cross_entropy(scores_BB.T, own_B)) / 2

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: the scale as it is now, and the similarity function."""
        return {"scale": float(self.logit_scale.detach().exp()), "similarity_fct": name_of(self.similarity_fct)}
