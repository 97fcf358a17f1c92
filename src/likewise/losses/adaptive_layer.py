"""AdaptiveLayerLoss: another loss on what earlier layers give, and their divergence from the last one.

A view: all layers come out of one forward pass. Does not know how a layer becomes an embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from likewise.errors import ConfigError, InputError
from likewise.losses.embedding import embed_columns
from likewise.losses.float32 import float32
from likewise.losses.foreign_loss import as_loss
from likewise.losses.layer_weighting import LAYER_WEIGHTINGS, layer_weight
from likewise.losses.loss import Loss, LossValue
from likewise.losses.matryoshka import MatryoshkaLoss
from likewise.losses.random_choice import check_per_step, choose
from likewise.losses.roles import Roles
from likewise.losses.weighted_sum import weighted_sum
from likewise.losses.width import cut_targets, fixed_width
from likewise.ops.column_batch import Features

LayerWeighting = Literal["uniform", "log", "linear"] | Callable[[int], float]


def layer_divergence(layer_ND: Tensor, last_ND: Tensor, temperature: float) -> Tensor:
    r"""How far the embeddings of a layer are from those of the last layer, both read as distributions.

    $\frac{\tau}{N} \sum_i \mathrm{KL}\left(\mathrm{softmax}(t_i / \tau) \,\|\, \mathrm{softmax}(x_i / \tau)\right)$

    Args:
        layer_ND: Embeddings $x$ of the layer, [N, D].
        last_ND: Embeddings $t$ of the last layer, [N, D]; they teach, and get no gradient.
        temperature: $\tau$, above 0.

    Returns:
        A scalar.

    Example:
        >>> layer_divergence(torch.eye(2), torch.eye(2), 0.3)
        tensor(0.)
    """
    layer_ND, last_ND = float32([layer_ND, last_ND.detach()])
    said_ND = F.log_softmax(layer_ND / temperature, dim=-1)
    taught_ND = F.log_softmax(last_ND / temperature, dim=-1)
    return temperature * F.kl_div(said_ND, taught_ND, reduction="batchmean", log_target=True)


class AdaptiveLayerLoss(Loss):
    r"""Trains models whose earlier layers give good embeddings as well: layers may then be taken off for speed.

    $L = w_N L'(e^N) + \sum_{n \in S} \left[ \frac{w \, g(n)}{|S|} L'(e^n) + k \, \mathrm{KL}_\tau(e^n, e^N) \right]$.
    $L'$ is the inner loss, $e^n$ what layer $n$ gives (0 is the embedding layer, $N$ the last), $S$ the layers of this
    step, and $\mathrm{KL}_\tau$ the divergence of `layer_divergence`.

    Data: that of the inner loss.

    Args:
        model: The model to train, which begins with a Transformer.
        loss: The inner loss; not one that embeds in mini-batches or in a way of its own.
        n_layers_per_step: How many earlier layers are drawn at random for each step; -1 takes all.
        last_layer_weight: $w_N$.
        prior_layers_weight: $w$.
        kl_div_weight: $k$; 0 leaves the divergence out.
        kl_temperature: $\tau$, at least 0; 0 leaves the divergence out.
        layer_weighting: $g$: "uniform" is 1, "log" is 1 / (1 + ln(1 + n)), "linear" is 1 / (1 + n); or a function of n.

    Raises:
        InputError: If a setting is not among the accepted values.
        ConfigError: If the inner loss cannot be looked at layer by layer.

    Example:
        >>> from likewise.losses import MultipleNegativesRankingLoss
        >>> model = nn.Identity()
        >>> loss = AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model, scale=1.0), kl_div_weight=0.0)
        >>> both_layers_BLD = torch.stack([torch.ones(2, 2), torch.eye(2)], dim=1)
        >>> loss.compute([both_layers_BLD, both_layers_BLD], None)
        tensor(1.0064)

    Reference:
        Li et al., "ESE: Espresso Sentence Embeddings" (first as "2D Matryoshka Sentence Embeddings"), arXiv:2402.14776.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: nn.Module,
        n_layers_per_step: int = 1,
        last_layer_weight: float = 1.0,
        prior_layers_weight: float = 1.0,
        kl_div_weight: float = 1.0,
        kl_temperature: float = 0.3,
        layer_weighting: LayerWeighting = "uniform",
    ) -> None:
        super().__init__(model)
        _check_inner(loss)
        if not kl_temperature >= 0:
            raise InputError(f"kl_temperature={kl_temperature!r}", accepted="a number above 0, or 0 for no divergence")
        if not callable(layer_weighting) and layer_weighting not in LAYER_WEIGHTINGS:
            raise InputError(
                f"layer_weighting={layer_weighting!r}",
                accepted=f"one of {sorted(LAYER_WEIGHTINGS)}, or a function of the layer's number",
            )
        self.loss = loss
        self.n_layers_per_step = check_per_step("n_layers_per_step", n_layers_per_step)
        self.last_layer_weight = last_layer_weight
        self.prior_layers_weight = prior_layers_weight
        self.kl_div_weight = kl_div_weight
        self.kl_temperature = kl_temperature
        self.layer_weighting = layer_weighting

    @property
    def roles(self) -> Roles:  # type: ignore[override]
        """The columns that the inner loss takes."""
        return as_loss(self.loss).roles

    @property
    def fixed_width(self) -> int | None:
        """The only width that the inner loss can take."""
        return fixed_width(as_loss(self.loss))

    def cut_targets(self, targets: Any, width: int) -> Any:
        """Targets of the inner loss for cut embeddings."""
        return cut_targets(as_loss(self.loss), targets, width)

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> Any:
        """What the inner loss compares with."""
        return as_loss(self.loss).targets(sentence_features, labels)

    def embed(self, sentence_features: Sequence[Features]) -> list[Tensor]:
        """Embed all columns in one call of the model.

        Args:
            sentence_features: Features of each column.

        Returns:
            [B, L, D] for each column: what each layer gives, the embedding layer first.
        """
        columns = embed_columns(self.model, sentence_features, self.mini_batches, layers=True)
        if any("layer_embeddings" not in column for column in columns):
            raise ConfigError(
                f"AdaptiveLayerLoss for a {type(self.model).__name__}, which shows no layers",
                accepted="a SentenceTransformer that begins with a Transformer",
            )
        return [torch.stack(column["layer_embeddings"], dim=1) for column in columns]

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> LossValue:
        """The weighted sum of the inner loss on the last and on earlier layers, and of the divergences.

        Args:
            embeddings: [B, L, D] for each column: what each layer gives.
            targets: What `targets` returned.

        Returns:
            A scalar, or the named parts of the inner loss and "layer_divergence".
        """
        inner = as_loss(self.loss)
        *earlier, last = (list(columns) for columns in zip(*(each.unbind(1) for each in embeddings), strict=True))
        chosen = choose(self.n_layers_per_step, len(earlier), embeddings[0].device)
        terms = [(self.last_layer_weight, inner.compute(last, targets))]
        for place in chosen:
            weight = self.prior_layers_weight * layer_weight(self.layer_weighting, place) / len(chosen)
            terms.append((weight, inner.compute(earlier[place], targets)))
        total = weighted_sum(terms)
        if not chosen or self.kl_div_weight == 0 or self.kl_temperature == 0:
            return total
        last_ND = torch.cat(last)
        apart = [layer_divergence(torch.cat(earlier[place]), last_ND, self.kl_temperature) for place in chosen]
        divergence = self.kl_div_weight * torch.stack(apart).sum()
        return {**total, "layer_divergence": divergence} if isinstance(total, dict) else total + divergence

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        weighting = self.layer_weighting
        return {
            "loss": type(self.loss).__name__,
            "n_layers_per_step": self.n_layers_per_step,
            "last_layer_weight": self.last_layer_weight,
            "prior_layers_weight": self.prior_layers_weight,
            "kl_div_weight": self.kl_div_weight,
            "kl_temperature": self.kl_temperature,
            "layer_weighting": weighting if isinstance(weighting, str) else getattr(weighting, "__name__", "custom"),
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return ESPRESSO


def _check_inner(loss: nn.Module) -> None:
    inner = as_loss(loss)
    while isinstance(inner, MatryoshkaLoss):
        inner = as_loss(inner.loss)
    if inner.mini_batches is not None:
        raise ConfigError(
            f"{type(inner).__name__}, which embeds in mini-batches, inside AdaptiveLayerLoss",
            accepted="a loss that embeds the batch at once",
            fix="AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model))",
        )
    if type(inner).embed is not Loss.embed:
        raise ConfigError(
            f"{type(inner).__name__}, which embeds its columns in a way of its own, inside AdaptiveLayerLoss",
            accepted="a loss that embeds all columns with the model",
            fix="AdaptiveLayerLoss(model, MultipleNegativesRankingLoss(model))",
        )


ESPRESSO = """@misc{li2024ese,
    title = {ESE: Espresso Sentence Embeddings},
    author = {Xianming Li and Zongxi Li and Jing Li and Haoran Xie and Qing Li},
    year = {2024},
    eprint = {2402.14776},
    archivePrefix = {arXiv},
    primaryClass = {cs.CL},
}
"""
