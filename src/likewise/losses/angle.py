"""AnglE: CoSENT on angles in complex space, where the cosine's flat ends do not swallow the gradient."""

from __future__ import annotations

from torch import nn

from likewise.losses.cosent import CoSENTLoss
from likewise.losses.sources import ANGLE
from likewise.ops.similarity import pairwise_angle_sim


class AnglELoss(CoSENTLoss):
    """`CoSENTLoss` with the angle similarity: each half of an embedding is one part of complex numbers.

    Args:
        model: The model to train.
        scale: Factor of the similarities.

    Example:
        >>> AnglELoss(nn.Identity()).get_config_dict()
        {'scale': 20.0, 'similarity_fct': 'pairwise_angle_sim'}

    Reference:
        Li and Li, AnglE-optimized Text Embeddings, arXiv:2309.12871.
    """

    def __init__(self, model: nn.Module, scale: float = 20.0) -> None:
        super().__init__(model, scale, similarity_fct=pairwise_angle_sim)

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return ANGLE
