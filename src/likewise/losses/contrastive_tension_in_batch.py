"""Contrastive tension with in-batch negatives: two copies of a model recognise the same text among all, both ways.

Legend: B rows, D width, N rows of all processes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.contrastive_tension import ContrastiveTensionLoss
from likewise.losses.float32 import float32
from likewise.losses.gather import gather_columns
from likewise.losses.in_batch import check_columns
from likewise.losses.in_batch_ranking import name_of
from likewise.losses.info_nce import Block, Similarity, info_nce
from likewise.losses.roles import Roles
from likewise.losses.scale import checked_scale
from likewise.ops.normalize import unit_rows
from likewise.ops.similarity import cos_sim, dot_score


class ContrastiveTensionLossInBatchNegatives(ContrastiveTensionLoss):
    """Mean cross entropy of both directions, with a scale that is learnt.

    Data: (text, the same text); no label.

    Args:
        model: The model to train.
        scale: What similarities are multiplied with at the start, above 0.
        similarity_fct: Takes [B, D] and [N, D], gives [B, N]. For `cos_sim` and `dot_score`, memory is O(N D).
        gather_across_devices: Whether the texts of all processes are candidates.

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
        self,
        model: nn.Module,
        scale: float = 20.0,
        similarity_fct: Callable[[Tensor, Tensor], Tensor] = cos_sim,
        *,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model)
        self.similarity_fct = similarity_fct
        self.gather_across_devices = gather_across_devices
        self.logit_scale = nn.Parameter(torch.tensor(math.log(checked_scale(scale))))

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: What each copy says of the texts, [B, D] each.
            targets: Not used.

        Returns:
            A scalar, weighted so that the mean over processes is that of the joint batch.

        Raises:
            ShapeError: If the columns differ in shape.
        """
        del targets
        check_columns(embeddings)
        first_BD, second_BD, forth, back = self._scaled(*float32(embeddings))
        everywhere = gather_columns([first_BD, second_BD], across_devices=self.gather_across_devices)
        first_ND, second_ND = everywhere.columns
        there_B = info_nce([Block(first_BD, second_ND)], similarity_fct=forth, scale=1.0, first=everywhere.first)
        back_B = info_nce([Block(second_BD, first_ND)], similarity_fct=back, scale=1.0, first=everywhere.first)
        return everywhere.mean((there_B + back_B) / 2)

    def _scaled(self, first_BD: Tensor, second_BD: Tensor) -> tuple[Tensor, Tensor, Similarity, Similarity]:
        """Rows and similarities of both directions whose products hold the scale, so that it gets its gradient."""
        scale = self.logit_scale.exp()
        given = self.similarity_fct
        if given is cos_sim:
            return unit_rows(first_BD) * scale, unit_rows(second_BD), dot_score, dot_score
        if given is dot_score:
            return first_BD * scale, second_BD, dot_score, dot_score
        return first_BD, second_BD, lambda x, y: given(x, y) * scale, lambda y, x: given(x, y).T * scale

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: the scale as it is now, and the similarity function."""
        return {
            "scale": float(self.logit_scale.detach().exp()),
            "similarity_fct": name_of(self.similarity_fct),
            "gather_across_devices": self.gather_across_devices,
        }
