"""CoSENT: wrongly ordered pairs of scores cost, however far apart their labels are.

Legend: B pairs, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.float32 import float32
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import COSENT
from likewise.ops.similarity import pairwise_cos_sim

Similarity = Callable[[Tensor, Tensor], Tensor]


def cosent(scores_B: Tensor, labels_B: Tensor, scale: float = 20.0) -> Tensor:
    """log(1 + sum over pairs i, j with label i < label j of exp(scale x (score i - score j))).

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
    scaled_B = scores_B * scale
    difference_BB = scaled_B[:, None] - scaled_B[None, :]
    wrong_BB = labels_B[:, None] < labels_B[None, :]
    exponents = torch.cat([scaled_B.new_zeros(1), difference_BB[wrong_BB]])
    return torch.logsumexp(exponents, dim=0)


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
        first_BD, second_BD = float32(embeddings)
        return cosent(self.similarity_fct(first_BD, second_BD), targets.view(-1), self.scale)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings: scale and name of the similarity function."""
        return {"scale": self.scale, "similarity_fct": getattr(self.similarity_fct, "__name__", "callable")}

    @property
    def citation(self) -> str:
        """BibTeX of the source."""
        return COSENT
