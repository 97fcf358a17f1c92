"""LambdaLoss: the order of each two documents, weighted with what it means for nDCG.

Legend: B queries, K documents of the longest list.
"""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.cross_encoder.losses.across import mean_of_terms
from likewise.cross_encoder.losses.list_loss import ListLoss
from likewise.cross_encoder.losses.sources import LAMBDA_LOSS
from likewise.cross_encoder.losses.weighting_schemes import BaseWeightingScheme, NDCGLoss2PPScheme, NoWeightingScheme
from likewise.errors import InputError

Logarithm = Literal["natural", "binary"]
DEFAULT_SCHEME = NDCGLoss2PPScheme()


def lambda_loss(
    scores_BK: Tensor,
    labels_BK: Tensor,
    where_BK: Tensor,
    weighting: BaseWeightingScheme,
    *,
    k: int | None = None,
    sigma: float = 1.0,
    eps: float = 1e-10,
    reduction_log: Logarithm = "binary",
    across_devices: bool = False,
) -> Tensor:
    r"""Mean over pairs of documents of $-w_{ij} \log \frac{1}{1 + \exp(-\sigma (s_i - s_j))}$.

    Pairs are those of a query whose first document has the larger label ($y_i > y_j$), or all, as the weighting says.

    Args:
        scores_BK: Scores, float32 or wider.
        labels_BK: Labels, grades of relevance; below 0 there is no gain.
        where_BK: Where there is a document.
        weighting: Gives $w_{ij}$.
        k: Only pairs with a document in the first k places of the model's ranking count; None for all.
        sigma: Steepness $\sigma$.
        eps: Least gain of the ideal ranking that gains are divided by.
        reduction_log: Base of the logarithm, "binary" for 2.
        across_devices: Whether the mean is over the pairs of all processes.

    Returns:
        A scalar; 0 without a pair.

    Example:
        >>> everywhere = torch.ones(1, 2).bool()
        >>> lambda_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), everywhere, NoWeightingScheme())
        tensor(1.)

    Reference:
        Wang et al., "The LambdaLoss Framework for Ranking Metric Optimization", CIKM 2018.
    """
    order_BK = scores_BK.detach().masked_fill(~where_BK, -torch.inf).sort(dim=1, descending=True, stable=True).indices
    scores_BK, labels_BK = scores_BK.gather(1, order_BK), labels_BK.gather(1, order_BK)
    where_BK = where_BK.gather(1, order_BK)
    places_K = torch.arange(scores_BK.shape[1], device=scores_BK.device)
    discount_1K = torch.log2(places_K.to(scores_BK.dtype) + 2.0)[None]
    gain_BK = relative_gains(labels_BK, where_BK, discount_1K, k=k, eps=eps)
    weights_BKK: Tensor = weighting(gain_BK, discount_1K, labels_BK)
    counted_BKK = where_BK[:, :, None] & where_BK[:, None, :]
    if not weighting.all_pairs:
        counted_BKK = counted_BKK & (labels_BK[:, :, None] > labels_BK[:, None, :])
    if k is not None:
        counted_BKK = counted_BKK & (torch.minimum(places_K[:, None], places_K) < k)
    ahead_BKK = scores_BK[:, :, None] - scores_BK[:, None, :]
    base = math.log(2.0) if reduction_log == "binary" else 1.0
    losses_BKK: Tensor = -F.logsigmoid(sigma * ahead_BKK) / base * weights_BKK
    total = losses_BKK.masked_fill(~counted_BKK, 0.0).sum()
    return mean_of_terms(total, counted_BKK.sum(), across_devices=across_devices)


def relative_gains(
    labels_BK: Tensor, where_BK: Tensor, discount_1K: Tensor, *, k: int | None = None, eps: float = 1e-10
) -> Tensor:
    r"""Gain $2^y - 1$ of each document, over the discounted gain of an ideal ranking.

    Args:
        labels_BK: Labels; below 0 counts as 0.
        where_BK: Where there is a document.
        discount_1K: Discount of each place.
        k: Places of the ideal ranking that count; None for all.
        eps: Least gain of the ideal ranking.

    Returns:
        [B, K], 0 to 1; 0 where there is no document.

    Example:
        >>> relative_gains(torch.tensor([[200.0, 0.0]]), torch.ones(1, 2).bool(), torch.tensor([[1.0, 1.5850]]))
        tensor([[1., 0.]])
    """
    grades_BK = labels_BK.clamp(min=0).masked_fill(~where_BK, 0.0)
    # Both gains over 2 ** the best grade: no grade overflows.
    top_B1 = grades_BK.amax(1, keepdim=True)
    unit_B1 = torch.exp2(-top_B1)
    gains_BK = torch.exp2(grades_BK - top_B1) - unit_B1
    ideal_BK = gains_BK.sort(dim=1, descending=True).values / discount_1K
    ideal_B1 = ideal_BK[:, :k].sum(1, keepdim=True)
    least_B1 = (eps * unit_B1).clamp(min=torch.finfo(labels_BK.dtype).tiny)
    return gains_BK / torch.maximum(ideal_B1, least_B1)


class LambdaLoss(ListLoss):
    r"""Put documents of larger labels before others, above all where nDCG gains by it.

    Mean over pairs of documents with $y_i > y_j$ of $-w_{ij} \log_2 \sigma(s_i - s_j)$; see `lambda_loss`.

    Data: (query, list of documents), and a list of labels; lists may differ in length.

    Args:
        model: The model to train, of one output.
        weighting_scheme: Weights of pairs; None weighs each with 1, as `RankNetLoss` does.
        k: Only pairs with a document in the first k places of the model's ranking count; None for all.
        sigma: Steepness, above 0.
        eps: Least gain of the ideal ranking that gains are divided by.
        reduction_log: "binary" or "natural": base of the logarithm.
        activation_fn: What outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.
        gather_across_devices: Whether the mean is over the pairs of all processes, which all must then train with this
            loss at the same step; else each process takes its own, and their mean is taken.

    Raises:
        InputError: If `k` is below 1, `sigma` not above 0, or the logarithm unknown.

    Example:
        >>> LambdaLoss(nn.Identity()).compute(torch.zeros(1, 2), [[1.0, 0.0]], None)
        tensor(4.0598)

    Reference:
        Wang et al., "The LambdaLoss Framework for Ranking Metric Optimization", CIKM 2018.
    """

    def __init__(
        self,
        model: nn.Module,
        weighting_scheme: BaseWeightingScheme | None = DEFAULT_SCHEME,
        k: int | None = None,
        sigma: float = 1.0,
        eps: float = 1e-10,
        reduction_log: Logarithm = "binary",
        activation_fn: nn.Module | None = None,
        mini_batch_size: int | None = None,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model, activation_fn, mini_batch_size)
        if k is not None and (isinstance(k, bool) or k < 1):
            raise InputError(f"k={k!r}", accepted="an integer of at least 1, or None for all places", fix="k=None")
        if not sigma > 0:
            raise InputError(f"sigma={sigma!r}", accepted="a number above 0", fix="sigma=1.0")
        if reduction_log not in get_args(Logarithm):
            raise InputError(f"reduction_log={reduction_log!r}", accepted=f"one of {list(get_args(Logarithm))}")
        self.weighting_scheme = NoWeightingScheme() if weighting_scheme is None else weighting_scheme
        self.k = k
        self.sigma = sigma
        self.eps = eps
        self.reduction_log: Logarithm = reduction_log
        self.gather_across_devices = gather_across_devices

    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """See `lambda_loss`.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """
        return lambda_loss(
            scores_BK,
            labels_BK,
            where_BK,
            self.weighting_scheme,
            k=self.k,
            sigma=self.sigma,
            eps=self.eps,
            reduction_log=self.reduction_log,
            across_devices=self.gather_across_devices,
        )

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {
            "weighting_scheme": type(self.weighting_scheme).__name__,
            "k": self.k,
            "sigma": self.sigma,
            "eps": self.eps,
            "reduction_log": self.reduction_log,
            "gather_across_devices": self.gather_across_devices,
            **super().get_config_dict(),
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return LAMBDA_LOSS
