"""Matryoshka2dLoss: fewer numbers and fewer layers at once, put together from the two losses that do one each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import nn

from likewise.losses.adaptive_layer import AdaptiveLayerLoss, LayerWeighting
from likewise.losses.matryoshka import MATRYOSHKA, MatryoshkaLoss


class Matryoshka2dLoss(AdaptiveLayerLoss):
    r"""Trains embeddings that stay good when numbers are cut off, layers are taken off, or both.

    `AdaptiveLayerLoss` of a `MatryoshkaLoss` of the inner loss: $L = w_N M(e^N) + \sum_{n \in S} [\frac{w \, g(n)}{|S|}
    M(e^n) + k \, \mathrm{KL}_\tau(e^n, e^N)]$, $M(e) = \sum_{d \in D} w_d \, L'(e_{1:d} / \lVert e_{1:d} \rVert)$. The
    divergence is that of whole embeddings.

    Data: that of the inner loss.

    Args:
        model: The model to train, which begins with a Transformer.
        loss: The inner loss; not one that embeds in mini-batches.
        matryoshka_dims: See `MatryoshkaLoss`.
        matryoshka_weights: See `MatryoshkaLoss`.
        n_layers_per_step: See `AdaptiveLayerLoss`.
        n_dims_per_step: See `MatryoshkaLoss`.
        last_layer_weight: See `AdaptiveLayerLoss`.
        prior_layers_weight: See `AdaptiveLayerLoss`.
        kl_div_weight: See `AdaptiveLayerLoss`.
        kl_temperature: See `AdaptiveLayerLoss`.
        layer_weighting: See `AdaptiveLayerLoss`.

    Raises:
        InputError: If a setting is not among the accepted values.
        ConfigError: If the inner loss cannot be looked at layer by layer, or in more than one width.

    Example:
        >>> import torch
        >>> from likewise.losses import MultipleNegativesRankingLoss
        >>> model = nn.Identity()
        >>> inner = MultipleNegativesRankingLoss(model, scale=1.0)
        >>> loss = Matryoshka2dLoss(model, inner, [2, 1], n_dims_per_step=-1, kl_div_weight=0.0)
        >>> both_layers_BLD = torch.stack([torch.ones(2, 2), torch.eye(2)], dim=1)
        >>> loss.compute([both_layers_BLD, both_layers_BLD], None)
        tensor(2.2028)

    Reference:
        Li et al., "ESE: Espresso Sentence Embeddings" (first as "2D Matryoshka Sentence Embeddings"), arXiv:2402.14776.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: nn.Module,
        matryoshka_dims: Sequence[int],
        matryoshka_weights: Sequence[float] | None = None,
        n_layers_per_step: int = 1,
        n_dims_per_step: int = 1,
        last_layer_weight: float = 1.0,
        prior_layers_weight: float = 1.0,
        kl_div_weight: float = 1.0,
        kl_temperature: float = 0.3,
        layer_weighting: LayerWeighting = "uniform",
    ) -> None:
        widths = MatryoshkaLoss(model, loss, matryoshka_dims, matryoshka_weights, n_dims_per_step)
        super().__init__(
            model,
            widths,
            n_layers_per_step,
            last_layer_weight,
            prior_layers_weight,
            kl_div_weight,
            kl_temperature,
            layer_weighting,
        )

    @property
    def widths(self) -> MatryoshkaLoss:
        """The loss of one layer."""
        return cast("MatryoshkaLoss", self.loss)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value; "loss" is the inner loss.
        """
        return {**super().get_config_dict(), **self.widths.get_config_dict()}

    @property
    def citation(self) -> str:
        """BibTeX of the papers."""
        return super().citation + MATRYOSHKA
