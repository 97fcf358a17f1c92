"""CachedMultipleNegativesRankingLoss: the same loss and gradient, scoring in mini-batches."""

from __future__ import annotations

from typing import Any

from torch import nn

from likewise.cross_encoder.losses.multiple_negatives_ranking import SIGMOID, MultipleNegativesRankingLoss
from likewise.losses.in_batch_ranking import GRAD_CACHE
from likewise.ops.column_batch import MiniBatches


class CachedMultipleNegativesRankingLoss(MultipleNegativesRankingLoss):
    r"""`MultipleNegativesRankingLoss` for more pairs than memory holds: the same value and the same gradient.

    Pairs are scored in mini-batches; each one's activations are dropped and computed again in the backward pass, with
    the same dropout. That costs about a third more time than one pass, and memory is that of one mini-batch.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label.

    Args:
        model: The model to train, of one output.
        num_negatives: How many documents of other rows each query is given; fewer if there are fewer; None for all.
        scale: Above 0: the inverse of the temperature.
        activation_fn: What outputs go through before they are scaled; None for nothing.
        mini_batch_size: Most pairs of a mini-batch, at least 1.
        show_progress_bar: Whether to show a progress bar over the mini-batches.
        gather_across_devices: Whether negatives are drawn from the documents of all processes, which all must then
            train with this loss at the same step.

    Raises:
        InputError: If an argument is not among the accepted values.

    Example:
        >>> CachedMultipleNegativesRankingLoss(nn.Identity(), mini_batch_size=8).mini_batches.rows
        8

    Reference:
        Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", arXiv:2101.06983.
    """

    def __init__(
        self,
        model: nn.Module,
        num_negatives: int | None = 4,
        scale: float = 10.0,
        activation_fn: nn.Module | None = SIGMOID,
        mini_batch_size: int = 32,
        show_progress_bar: bool = False,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model, num_negatives, scale, activation_fn, gather_across_devices)
        self.mini_batches = MiniBatches(rows=mini_batch_size, show_progress=show_progress_bar)
        self.mini_batch_size = mini_batch_size

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {**super().get_config_dict(), "mini_batch_size": self.mini_batch_size}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return GRAD_CACHE
