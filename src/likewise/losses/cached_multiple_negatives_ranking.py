"""CachedMultipleNegativesRankingLoss: the same loss and gradient, embedding in mini-batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from likewise.losses.in_batch import Direction, HardnessMode, InBatch, PartitionMode
from likewise.losses.in_batch_ranking import GRAD_CACHE, InBatchRankingLoss, mini_batch_settings
from likewise.losses.info_nce import Similarity
from likewise.losses.scale import scale_from
from likewise.ops.column_batch import MiniBatches
from likewise.ops.similarity import cos_sim


class CachedMultipleNegativesRankingLoss(InBatchRankingLoss):
    r"""`MultipleNegativesRankingLoss` for batches larger than memory: the same value and the same gradient.

    $L = -\frac{1}{B} \sum_i \log \frac{\exp(s \, \mathrm{sim}(q_i, d_i))}{Z_i}$, see `MultipleNegativesRankingLoss`.
    The batch is embedded in mini-batches; each one's activations are dropped and computed again in the backward pass,
    with the same dropout. That costs about a third more time than one pass, and memory is that of one mini-batch.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label.

    Args:
        model: The model to train.
        scale: $s$, above 0: the inverse of the temperature.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K]. `cos_sim` and `dot_score` run in constant memory.
        mini_batch_size: Most texts of a mini-batch.
        show_progress_bar: Whether to show a progress bar over the mini-batches.
        mini_batch_num_tokens: Most tokens of a mini-batch; None sets no limit but the number of texts.
        gather_across_devices: Whether the texts of all processes are candidates.
        directions: See `MultipleNegativesRankingLoss`.
        partition_mode: See `MultipleNegativesRankingLoss`.
        hardness_mode: See `MultipleNegativesRankingLoss`.
        hardness_strength: See `MultipleNegativesRankingLoss`.
        temperature: Instead of `scale`.

    Raises:
        InputError: If an argument is not among the accepted values.

    Example:
        >>> import torch
        >>> loss = CachedMultipleNegativesRankingLoss(nn.Identity(), scale=1.0, mini_batch_size=1)
        >>> loss.compute([torch.eye(2), torch.eye(2)], None)
        tensor(0.3133)

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
        directions: Sequence[Direction] = ("query_to_doc",),
        partition_mode: PartitionMode = "joint",
        hardness_mode: HardnessMode | None = None,
        hardness_strength: float = 0.0,
        temperature: float | None = None,
    ) -> None:
        settings = InBatch(
            scale=scale_from(scale, temperature),
            similarity_fct=similarity_fct,
            gather_across_devices=gather_across_devices,
            directions=directions if isinstance(directions, str) else tuple(directions),  # type: ignore[arg-type]
            partition_mode=partition_mode,
            hardness_mode=hardness_mode,
            hardness_strength=hardness_strength,
        )
        super().__init__(
            model,
            settings,
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
