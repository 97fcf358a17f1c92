"""ListMLE: the likelihood of the right order of a query's documents."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from likewise.cross_encoder.losses.list_loss import ListLoss
from likewise.cross_encoder.losses.plist_mle import in_order, plist_mle
from likewise.cross_encoder.losses.sources import LIST_MLE


class ListMLELoss(ListLoss):
    r"""Make the right order of documents likely: $-\sum_i \log \frac{\exp(s_i)}{\sum_{j \ge i} \exp(s_j)}$.

    The mean over queries. Data: (query, list of documents), and a list of labels; lists may differ in length.

    Args:
        model: The model to train, of one output.
        activation_fn: What its outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.
        respect_input_order: Whether the right order is that of the list; else that of the labels, largest first.

    Example:
        >>> import torch
        >>> ListMLELoss(nn.Identity()).compute(torch.zeros(1, 3), [[2.0, 1.0, 0.0]], None)
        tensor(1.7918)

    Reference:
        Xia et al., "Listwise Approach to Learning to Rank: Theory and Algorithm", ICML 2008.
    """

    def __init__(
        self,
        model: nn.Module,
        activation_fn: nn.Module | None = None,
        mini_batch_size: int | None = None,
        respect_input_order: bool = True,
    ) -> None:
        super().__init__(model, activation_fn, mini_batch_size)
        self.respect_input_order = respect_input_order

    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """See `plist_mle`, without weights.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """
        ordered_BK = scores_BK if self.respect_input_order else in_order(scores_BK, labels_BK, where_BK)
        return plist_mle(ordered_BK, where_BK)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {"respect_input_order": self.respect_input_order, **super().get_config_dict()}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return LIST_MLE
