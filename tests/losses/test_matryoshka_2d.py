"""Matryoshka2dLoss is AdaptiveLayerLoss of MatryoshkaLoss."""

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError
from likewise.losses import (
    AdaptiveLayerLoss,
    CachedMultipleNegativesRankingLoss,
    Matryoshka2dLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)


def test_equals_the_two_losses_put_together():
    model = nn.Identity()
    inner = MultipleNegativesRankingLoss(model)
    columns = [torch.randn(4, 3, 8), torch.randn(4, 3, 8)]
    both = Matryoshka2dLoss(model, inner, [4, 8], [1, 2], n_layers_per_step=-1, n_dims_per_step=-1, kl_div_weight=0.7)
    apart = AdaptiveLayerLoss(model, MatryoshkaLoss(model, inner, [4, 8], [1, 2]), -1, kl_div_weight=0.7)
    assert torch.equal(both.compute(columns, None), apart.compute(columns, None))


def test_draws_one_layer_and_one_width_by_default():
    model = nn.Identity()
    loss = Matryoshka2dLoss(model, MultipleNegativesRankingLoss(model), [8, 4, 2])
    assert (loss.n_layers_per_step, loss.widths.n_dims_per_step) == (1, 1)


def test_settings_name_the_inner_loss():
    model = nn.Identity()
    settings = Matryoshka2dLoss(model, MultipleNegativesRankingLoss(model), [8, 4]).get_config_dict()
    assert settings["loss"] == "MultipleNegativesRankingLoss"
    assert settings["matryoshka_dims"] == (8, 4)
    assert settings["kl_temperature"] == 0.3


def test_cites_both_papers():
    model = nn.Identity()
    citation = Matryoshka2dLoss(model, MultipleNegativesRankingLoss(model), [8]).citation
    assert "2402.14776" in citation
    assert "2205.13147" in citation


def test_a_cached_inner_loss_is_refused():
    model = nn.Identity()
    with pytest.raises(ConfigError, match="embeds in mini-batches"):
        Matryoshka2dLoss(model, CachedMultipleNegativesRankingLoss(model), [8])
