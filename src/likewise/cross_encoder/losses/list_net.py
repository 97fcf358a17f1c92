"""ListNet: cross entropy between two distributions over the documents of a query.

Legend: B queries, K documents of the longest list.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.cross_encoder.losses.list_loss import ListLoss
from likewise.cross_encoder.losses.sources import LIST_NET


def list_net(scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
    r"""Mean over queries of $-\sum_i \mathrm{softmax}(y)_i \log \mathrm{softmax}(s)_i$.

    Args:
        scores_BK: Scores, float32 or wider.
        labels_BK: Labels.
        where_BK: Where there is a document.

    Returns:
        A scalar. A list of one document adds 0, as does an empty one.

    Example:
        >>> list_net(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.ones(1, 2).bool())
        tensor(0.6931)

    Reference:
        Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007, section 4 (top one
        probabilities).
    """
    outside = torch.finfo(scores_BK.dtype).min
    wanted_BK = F.softmax(labels_BK.masked_fill(~where_BK, outside), dim=1)
    said_BK = F.log_softmax(scores_BK.masked_fill(~where_BK, outside), dim=1)
    return -(wanted_BK * said_BK.masked_fill(~where_BK, 0.0)).sum(1).mean()


class ListNetLoss(ListLoss):
    r"""Make the softmax of a query's scores that of its labels.

    Data: (query, list of documents), and a list of labels; lists may differ in length.

    Args:
        model: The model to train, of one output.
        activation_fn: What its outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.

    Example:
        >>> ListNetLoss(nn.Identity()).compute(torch.zeros(1, 2), [[1.0, 0.0]], None)
        tensor(0.6931)

    Reference:
        Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007.
    """

    def __init__(
        self, model: nn.Module, activation_fn: nn.Module | None = None, mini_batch_size: int | None = None
    ) -> None:
        super().__init__(model, activation_fn, mini_batch_size)

    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """See `list_net`.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """
        return list_net(scores_BK, labels_BK, where_BK)

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return LIST_NET
