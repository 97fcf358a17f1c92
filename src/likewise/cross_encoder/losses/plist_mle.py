"""ListMLE with a weight for each place: the likelihood of the right order, the first places counting most.

Legend: B queries, K documents of the longest list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from likewise.cross_encoder.losses.list_loss import ListLoss
from likewise.cross_encoder.losses.sources import PLIST_MLE
from likewise.losses.naming import function_name


def list_likelihoods(scores_BK: Tensor, where_BK: Tensor) -> Tensor:
    r"""For each place $i$, $-\log \frac{\exp(s_i)}{\sum_{j \ge i} \exp(s_j)}$: that it is drawn next, of those left.

    Args:
        scores_BK: Scores, documents in the right order, float32 or wider.
        where_BK: Where there is a document; these come first in each row.

    Returns:
        [B, K], at least 0; 0 where there is no document.

    Example:
        >>> list_likelihoods(torch.zeros(1, 2), torch.ones(1, 2).bool())
        tensor([[0.6931, 0.0000]])
    """
    # Of finite numbers: the gradient of a sum of nothing but exp(-inf) is NaN.
    inside_BK = scores_BK.masked_fill(~where_BK, torch.finfo(scores_BK.dtype).min / 2)
    left_BK = inside_BK.flip(1).logcumsumexp(1).flip(1)
    return (left_BK - inside_BK).masked_fill(~where_BK, 0.0)


def plist_mle(scores_BK: Tensor, where_BK: Tensor, weights_BK: Tensor | None = None) -> Tensor:
    """Mean over queries of the sum of `list_likelihoods`, weighted.

    Args:
        scores_BK: Scores, documents in the right order, float32 or wider.
        where_BK: Where there is a document; these come first in each row.
        weights_BK: Weight of each place; made to add up to 1 in each row. None weighs each place with 1 (ListMLE).

    Returns:
        A scalar. A list of one document adds 0, as does an empty one.

    Example:
        >>> plist_mle(torch.zeros(1, 2), torch.ones(1, 2).bool())
        tensor(0.6931)

    Reference:
        Lan et al., "Position-Aware ListMLE: A Sequential Learning Process for Ranking", UAI 2014, equation 6.
    """
    each_BK = list_likelihoods(scores_BK, where_BK)
    if weights_BK is None:
        return each_BK.sum(1).mean()
    inside_BK = weights_BK.to(each_BK.dtype).masked_fill(~where_BK, 0.0)
    total_B = inside_BK.sum(1, keepdim=True)
    return (inside_BK / total_B.masked_fill(total_B == 0, 1.0) * each_BK).sum(1).mean()


def in_order(scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
    """Put scores in the order of the labels, largest first; equal ones stay as they are.

    Args:
        scores_BK: Scores.
        labels_BK: Labels.
        where_BK: Where there is a document; these come first in each row.

    Returns:
        [B, K].

    Example:
        >>> in_order(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 5.0]]), torch.ones(1, 2).bool())
        tensor([[2., 1.]])
    """
    order_BK = labels_BK.masked_fill(~where_BK, -torch.inf).sort(dim=1, descending=True, stable=True).indices
    return scores_BK.gather(1, order_BK)


class PListMLELambdaWeight(nn.Module):
    r"""Weights of places, for `PListMLELoss`: $2^{n - i} - 1$ for place $i$ of $n$, or any function of the place.

    Args:
        rank_discount_fn: Places from 1, float32 [B, K], to weights [B, K]; None is the paper's.

    Example:
        >>> where = torch.tensor([[True, True, True]])
        >>> PListMLELambdaWeight()(where)  # 3, 1 and 0 over 2 ** 3
        tensor([[0.3750, 0.1250, 0.0000]])
        >>> PListMLELambdaWeight(lambda ranks: 1 / ranks)(where)
        tensor([[1.0000, 0.5000, 0.3333]])

    Reference:
        Lan et al., "Position-Aware ListMLE: A Sequential Learning Process for Ranking", UAI 2014.
    """

    def __init__(self, rank_discount_fn: Callable[[Tensor], Tensor] | None = None) -> None:
        super().__init__()
        self.rank_discount_fn = rank_discount_fn

    def forward(self, mask: Tensor) -> Tensor:
        """The weights.

        Args:
            mask: Where there is a document, bool [B, K].

        Returns:
            [B, K]; the paper's over $2^n$, which the loss cannot tell and no length of list overflows.
        """
        ranks_BK = torch.arange(1, mask.shape[1] + 1, device=mask.device, dtype=torch.float32).expand(mask.shape)
        if self.rank_discount_fn is not None:
            return self.rank_discount_fn(ranks_BK) * mask
        counts_B = mask.sum(1, keepdim=True).float()
        return (torch.exp2(-ranks_BK) - torch.exp2(-counts_B)) * mask


PAPERS_WEIGHT = PListMLELambdaWeight()


class PListMLELoss(ListLoss):
    r"""Make the right order of documents likely, above all in the first places.

    $-\sum_i w_i \log \frac{\exp(s_i)}{\sum_{j \ge i} \exp(s_j)}$ with weights that add up to 1, the mean over queries.

    Data: (query, list of documents), and a list of labels; lists may differ in length.

    Args:
        model: The model to train, of one output.
        lambda_weight: Weight of each place; None weighs each with 1, as `ListMLELoss` does.
        activation_fn: What its outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.
        respect_input_order: Whether the right order is that of the list; else that of the labels, largest first.

    Example:
        >>> PListMLELoss(nn.Identity()).compute(torch.zeros(1, 2), [[1.0, 0.0]], None)
        tensor(0.6931)

    Reference:
        Lan et al., "Position-Aware ListMLE: A Sequential Learning Process for Ranking", UAI 2014.
    """

    def __init__(
        self,
        model: nn.Module,
        lambda_weight: PListMLELambdaWeight | None = PAPERS_WEIGHT,
        activation_fn: nn.Module | None = None,
        mini_batch_size: int | None = None,
        respect_input_order: bool = True,
    ) -> None:
        super().__init__(model, activation_fn, mini_batch_size)
        self.lambda_weight = lambda_weight
        self.respect_input_order = respect_input_order

    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """See `plist_mle`.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """
        ordered_BK = scores_BK if self.respect_input_order else in_order(scores_BK, labels_BK, where_BK)
        weights_BK = None if self.lambda_weight is None else self.lambda_weight(where_BK)
        return plist_mle(ordered_BK, where_BK, weights_BK)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        weight = self.lambda_weight
        named = None if weight is None else function_name(weight.rank_discount_fn or weight)
        config = {"lambda_weight": named, "respect_input_order": self.respect_input_order}
        return {**config, **super().get_config_dict()}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return PLIST_MLE
