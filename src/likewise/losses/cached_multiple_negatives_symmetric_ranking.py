"""CachedMultipleNegativesSymmetricRankingLoss: the symmetric loss, embedding in mini-batches."""

from __future__ import annotations

from typing import Any

from torch import nn

from likewise.losses.in_batch_ranking import GRAD_CACHE, InBatchRankingLoss, mini_batch_settings
from likewise.losses.info_nce import Similarity
from likewise.losses.multiple_negatives_symmetric_ranking import both_directions
from likewise.losses.scale import scale_from
from likewise.ops.column_batch import MiniBatches
from likewise.ops.similarity import cos_sim


class CachedMultipleNegativesSymmetricRankingLoss(InBatchRankingLoss):
    r"""`MultipleNegativesSymmetricRankingLoss` for batches larger than memory: the same value and gradient.

    $L = -\frac{1}{2B} \sum_i \left[ \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}}
    + \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ji}}} \right]$, embedded in mini-batches as in
    `CachedMultipleNegativesRankingLoss`.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label.

    Args:
        model: The model to train.
        scale: $s$, above 0: the inverse of the temperature.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K]. `cos_sim` and `dot_score` run in constant memory.
        mini_batch_size: Most texts of a mini-batch.
        show_progress_bar: Whether to show a progress bar over the mini-batches.
        mini_batch_num_tokens: Most tokens of a mini-batch; None sets no limit but the number of texts.
        gather_across_devices: Whether the texts of all processes are candidates.
        temperature: Instead of `scale`.

    Raises:
        InputError: If an argument is not among the accepted values.

    Example:
        >>> import torch
        >>> loss = CachedMultipleNegativesSymmetricRankingLoss(nn.Identity(), scale=1.0, mini_batch_size=1)
        >>> loss.compute([torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]])], None)
        tensor(0.7532)

    Reference:
        Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv:2101.06983.
    """

    def __init__(
        self,
        model: nn.Module,
        scale: float = 20.0,
        similarity_fct: Similarity = cos_sim,
        mini_batch_size: int = 32,
        show_progress_bar: bool = False,
        *,
        mini_batch_num_tokens: int | None = None,
        gather_across_devices: bool = False,
        temperature: float | None = None,
    ) -> None:
        super().__init__(
            model,
            both_directions(scale_from(scale, temperature), similarity_fct, gather_across_devices),
            MiniBatches(rows=mini_batch_size, tokens=mini_batch_num_tokens, show_progress=show_progress_bar),
        )

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {**super().get_config_dict(), **mini_batch_settings(self.mini_batches)}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return GRAD_CACHE
