"""CoSENT and AnglE against a loop over all pairs of pairs."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from likewise.losses import AnglELoss, CoSENTLoss
from likewise.losses.cosent import cosent
from likewise.ops.similarity import pairwise_dot_score

LABELS = {
    "all differ": [0.3, 0.9, 0.1, 0.5, 0.0, 1.0, 0.7],
    "ties": [0.0, 1.0, 0.0, 0.5, 1.0, 0.5, 0.0],
    "integers": [5, 0, 3, 3, 1, 0, 5],
    "all equal": [0.5] * 7,
}


def cosine(x, y):
    return x @ y / (x.norm() * y.norm())


def angle(x, y):
    """The quotient of two unit vectors, each read as complex numbers; its parts added up."""
    half = len(x) // 2
    x, y = x / x.norm(), y / y.norm()
    total = 0.0
    for a, b, c, d in zip(x[:half], x[half:], y[:half], y[half:], strict=True):
        total = total + (a * c + b * d) + (b * c - a * d)
    return total.abs()


def naive(similarity, scale):
    def value(first, second, labels):
        scores = [scale * similarity(x, y) for x, y in zip(first, second, strict=True)]
        total = torch.ones((), dtype=torch.float64) + 0.0 * scores[0]
        for i in range(len(scores)):
            for j in range(len(scores)):
                if labels[i] < labels[j]:
                    total = total + (scores[i] - scores[j]).exp()
        return total.log()

    return value


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_cosent_is_the_sum_over_wrongly_ordered_pairs(labels, embeddings, agrees):
    agrees(CoSENTLoss(nn.Identity()), naive(cosine, 20.0), embeddings(2), torch.tensor(labels))


def test_scale_and_similarity_are_used(embeddings, agrees):
    loss = CoSENTLoss(nn.Identity(), scale=3.0, similarity_fct=pairwise_dot_score)
    agrees(loss, naive(torch.dot, 3.0), embeddings(2), torch.tensor(LABELS["ties"]))


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_angle_is_cosent_on_complex_quotients(labels, embeddings, agrees):
    agrees(AnglELoss(nn.Identity()), naive(angle, 20.0), embeddings(2), torch.tensor(labels))


def test_large_scores_neither_overflow_nor_lose_the_small_ones():
    scores = torch.tensor([1e4, -1e4, 0.0], requires_grad=True)
    value = cosent(scores, torch.tensor([0.0, 1.0, 2.0]), scale=20.0)
    value.backward()
    assert value.item() == pytest.approx(20 * 2e4)
    torch.testing.assert_close(scores.grad, torch.tensor([20.0, -20.0, 0.0]))


def test_a_batch_in_order_costs_nearly_nothing():
    value = cosent(torch.tensor([0.9, 0.5, 0.1]), torch.tensor([1.0, 0.5, 0.0]))
    assert value.item() == pytest.approx(math.log(1 + 2 * math.exp(-8) + math.exp(-16)), rel=1e-5)


def test_no_matrix_of_pairs_is_made():
    """65,536 pairs: their matrix alone would be 16 GB."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(65_536, generator=generator).requires_grad_()
    value = cosent(scores, torch.rand(65_536, generator=generator))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(scores.grad).all()
    assert abs(float(scores.grad.sum())) < 1e-3  # moving all scores changes nothing
