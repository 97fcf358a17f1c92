"""MultipleNegativesSymmetricRankingLoss: the positive among all texts, and the anchor among all anchors."""

from __future__ import annotations

from torch import nn

from likewise.losses.in_batch import InBatch
from likewise.losses.in_batch_ranking import InBatchRankingLoss
from likewise.losses.info_nce import Similarity
from likewise.losses.scale import scale_from
from likewise.ops.similarity import cos_sim


class MultipleNegativesSymmetricRankingLoss(InBatchRankingLoss):
    r"""`MultipleNegativesRankingLoss` in both directions: each positive must find its anchor as well.

    $L = -\frac{1}{2B} \sum_i \left[ \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}}
    + \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ji}}} \right]$,
    $s_{ij} = s \, \mathrm{sim}(q_i, d_j)$; the first sum is over all positives and negatives, the second over the
    anchors.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label.

    Args:
        model: The model to train.
        scale: $s$, above 0: the inverse of the temperature.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K]. `cos_sim` and `dot_score` run in constant memory.
        gather_across_devices: Whether the texts of all processes are candidates.
        temperature: Instead of `scale`.

    Raises:
        InputError: If an argument is not among the accepted values.

    Example:
        >>> import torch
        >>> loss = MultipleNegativesSymmetricRankingLoss(nn.Identity(), scale=1.0)
        >>> loss.compute([torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]])], None)
        tensor(0.7532)

    Reference:
        Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv:2103.00020,
        section 2.3, for the symmetric form; Henderson et al., arXiv:1705.00652, for the loss.
    """

    def __init__(
        self,
        model: nn.Module,
        scale: float = 20.0,
        similarity_fct: Similarity = cos_sim,
        gather_across_devices: bool = False,
        *,
        temperature: float | None = None,
    ) -> None:
        super().__init__(model, both_directions(scale_from(scale, temperature), similarity_fct, gather_across_devices))


def both_directions(scale: float, similarity_fct: Similarity, gather_across_devices: bool) -> InBatch:
    """The settings that make the loss symmetric.

    Args:
        scale: Factor of similarities.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K].
        gather_across_devices: Whether the texts of all processes are candidates.

    Returns:
        Settings of `likewise.losses.in_batch.in_batch_loss`.

    Example:
        >>> both_directions(20.0, cos_sim, False).partition_mode
        'per_direction'
    """
    return InBatch(
        scale=scale,
        similarity_fct=similarity_fct,
        gather_across_devices=gather_across_devices,
        directions=("query_to_doc", "doc_to_query"),
        partition_mode="per_direction",
    )
