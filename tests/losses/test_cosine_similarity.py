"""The cosine against a score, by loops."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import ShapeError
from likewise.losses import CosineSimilarityLoss


def squares(first, second, scores):
    costs = [(x @ y / (x.norm() * y.norm()) - z) ** 2 for x, y, z in zip(first, second, scores, strict=True)]
    return sum(costs) / len(costs)


@pytest.mark.parametrize("scores", [torch.linspace(-1, 1, 7), torch.arange(7) % 2, torch.linspace(0, 1, 7)[:, None]])
def test_the_default_is_the_squared_error(scores, embeddings, agrees):
    agrees(CosineSimilarityLoss(nn.Identity()), squares, embeddings(2), scores)


def test_the_transformation_comes_before_the_comparison(embeddings, agrees):
    def naive(first, second, scores):
        rows = zip(first, second, scores, strict=True)
        costs = [((x @ y / (x.norm() * y.norm())).sigmoid() - z).abs() for x, y, z in rows]
        return sum(costs) / len(costs)

    loss = CosineSimilarityLoss(nn.Identity(), loss_fct=nn.L1Loss(), cos_score_transformation=nn.Sigmoid())
    agrees(loss, naive, embeddings(2), torch.linspace(0, 1, 7))
    assert loss.get_config_dict() == {
        "loss_fct": "torch.nn.modules.loss.L1Loss",
        "cos_score_transformation": "torch.nn.modules.activation.Sigmoid",
    }


def test_a_zero_row_has_the_cosine_0_and_no_gradient():
    first = torch.tensor([[0.0, 0.0], [1.0, 0.0]], requires_grad=True)
    value = CosineSimilarityLoss(nn.Identity()).compute([first, torch.ones(2, 2)], torch.tensor([0.5, 0.0]))
    value.backward()
    assert value.item() == pytest.approx((0.25 + 0.5) / 2)
    assert first.grad[0].abs().max() == 0.0


def test_one_score_is_not_spread_over_all_rows(embeddings):
    with pytest.raises(ShapeError, match=r"labels of shape \(1,\) for 7 rows"):
        CosineSimilarityLoss(nn.Identity()).compute(embeddings(2), torch.tensor([1.0]))
