"""How much each pair of documents counts in `LambdaLoss`.

Knows gains and discounts of a ranking; knows no scores.

Legend: B queries, K documents of the longest list, in the order of the model's scores.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn


class BaseWeightingScheme(nn.Module, ABC):
    """Weights of pairs of documents.

    `all_pairs` says whether pairs count whose first document is not the more relevant one.
    """

    all_pairs: ClassVar[bool] = False

    @abstractmethod
    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """The weights.

        Args:
            gain: Gain of each document over that of the ideal ranking, [B, K].
            discount: Discount of each place, at least 1, [1, K].
            true_sorted: Label of each document, [B, K].

        Returns:
            [B, K, K], or a shape that is broadcast to it: the first document's place, then the second's.
        """


class NoWeightingScheme(BaseWeightingScheme):
    """Each pair counts 1: RankNet.

    Example:
        >>> NoWeightingScheme()(torch.ones(1, 2), torch.ones(1, 2), torch.ones(1, 2))
        tensor(1.)

    Reference:
        Burges et al., "Learning to Rank using Gradient Descent", ICML 2005.
    """

    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """See the base class.

        Args:
            gain: [B, K].
            discount: [1, K].
            true_sorted: [B, K].

        Returns:
            1.
        """
        del discount, true_sorted
        return gain.new_ones(())


class NDCGLoss1Scheme(BaseWeightingScheme):
    r"""$G_i / D_i$ for all pairs: a coarse bound of nDCG.

    Example:
        >>> NDCGLoss1Scheme()(torch.tensor([[0.5, 0.3]]), torch.tensor([[1.0, 1.5]]), torch.ones(1, 2))
        tensor([[[0.5000],
                 [0.2000]]])

    Reference:
        Wang et al., "The LambdaLoss Framework for Ranking Metric Optimization", CIKM 2018, section 4.3.
    """

    all_pairs: ClassVar[bool] = True

    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """See the base class.

        Args:
            gain: [B, K].
            discount: [1, K].
            true_sorted: Not used.

        Returns:
            [B, K, 1].
        """
        del true_sorted
        return (gain / discount)[:, :, None]


class NDCGLoss2Scheme(BaseWeightingScheme):
    r"""$\left|\frac{1}{D_{|i-j|}} - \frac{1}{D_{|i-j|+1}}\right| \, |G_i - G_j|$: a tighter bound of nDCG.

    Example:
        >>> NDCGLoss2Scheme()(torch.tensor([[0.5, 0.3]]), torch.tensor([[1.0, 1.5]]), torch.ones(1, 2))
        tensor([[[0.0000, 0.0667],
                 [0.0667, 0.0000]]])

    Reference:
        Wang et al., "The LambdaLoss Framework for Ranking Metric Optimization", CIKM 2018, section 4.3.
    """

    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """See the base class.

        Args:
            gain: [B, K].
            discount: [1, K].
            true_sorted: Not used.

        Returns:
            [B, K, K].
        """
        del true_sorted
        inverse_K = 1.0 / discount[0]
        # How much is lost from one place to the next; the distance 0 has none.
        lost_K = torch.cat([inverse_K.new_zeros(1), inverse_K[:-1] - inverse_K[1:]])
        places_K = torch.arange(len(inverse_K), device=gain.device)
        return lost_K[(places_K[:, None] - places_K).abs()] * differences(gain)


class LambdaRankScheme(BaseWeightingScheme):
    r"""$\left|\frac{1}{D_i} - \frac{1}{D_j}\right| \, |G_i - G_j|$: what nDCG changes by if the two trade places.

    Example:
        >>> LambdaRankScheme()(torch.tensor([[0.5, 0.3]]), torch.tensor([[1.0, 2.0]]), torch.ones(1, 2))
        tensor([[[0.0000, 0.1000],
                 [0.1000, 0.0000]]])

    Reference:
        Burges, Ragno and Le, "Learning to Rank with Nonsmooth Cost Functions", NeurIPS 2006.
    """

    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """See the base class.

        Args:
            gain: [B, K].
            discount: [1, K].
            true_sorted: Not used.

        Returns:
            [B, K, K].
        """
        del true_sorted
        return differences(1.0 / discount) * differences(gain)


class NDCGLoss2PPScheme(BaseWeightingScheme):
    r"""$\mu$ times the weights of `NDCGLoss2Scheme`, plus those of `LambdaRankScheme`.

    Args:
        mu: $\mu$.

    Example:
        >>> NDCGLoss2PPScheme(mu=1.0)(torch.tensor([[0.5, 0.3]]), torch.tensor([[1.0, 2.0]]), torch.ones(1, 2))
        tensor([[[0.0000, 0.2000],
                 [0.2000, 0.0000]]])

    Reference:
        Wang et al., "The LambdaLoss Framework for Ranking Metric Optimization", CIKM 2018, section 4.3.
    """

    def __init__(self, mu: float = 10.0) -> None:
        super().__init__()
        self.mu = mu
        self.ndcg_loss2 = NDCGLoss2Scheme()
        self.lambda_rank = LambdaRankScheme()

    def forward(self, gain: Tensor, discount: Tensor, true_sorted: Tensor) -> Tensor:
        """See the base class.

        Args:
            gain: [B, K].
            discount: [1, K].
            true_sorted: Label of each document.

        Returns:
            [B, K, K].
        """
        bound: Tensor = self.ndcg_loss2(gain, discount, true_sorted)
        swap: Tensor = self.lambda_rank(gain, discount, true_sorted)
        return self.mu * bound + swap


def differences(values: Tensor) -> Tensor:
    """How far values are apart.

    Args:
        values: [B, K].

    Returns:
        [B, K, K].

    Example:
        >>> differences(torch.tensor([[1.0, 3.0]]))
        tensor([[[0., 2.],
                 [2., 0.]]])
    """
    return (values[:, :, None] - values[:, None, :]).abs()
