"""LambdaLoss and its weighting schemes, derived again with loops over pairs."""

from __future__ import annotations

import math

import pytest
import torch

from likewise.cross_encoder import losses
from likewise.cross_encoder.losses.lambda_loss import relative_gains

ROWS = [[0.3, -1.2, 0.8, 0.1], [0.5], [0.7, 0.2, -0.4], [-0.1, 1.4]]
LABELS = [[0.0, 2.0, 1.0, 1.0], [1.0], [2.0, 0.0, 3.0], [0.0, 0.0]]
SCHEMES = {
    "none": (None, lambda gain, i, j: 1.0),
    "ndcg1": (losses.NDCGLoss1Scheme(), lambda gain, i, j: gain[i] / discount(i)),
    "ndcg2": (losses.NDCGLoss2Scheme(), lambda gain, i, j: bound(gain, i, j)),
    "lambda_rank": (losses.LambdaRankScheme(), lambda gain, i, j: swap(gain, i, j)),
    "ndcg2pp": (losses.NDCGLoss2PPScheme(mu=3.0), lambda gain, i, j: 3.0 * bound(gain, i, j) + swap(gain, i, j)),
}


def discount(place):
    return math.log2(2 + place)


def swap(gain, i, j):
    return abs(1 / discount(i) - 1 / discount(j)) * abs(gain[i] - gain[j])


def bound(gain, i, j):
    apart = abs(i - j)
    return abs(1 / discount(apart - 1) - 1 / discount(apart)) * abs(gain[i] - gain[j]) if apart else 0.0


def pair_terms(scores, labels, weight, k, sigma, everything):
    order = sorted(range(len(scores)), key=lambda at: -scores[at].item())
    ranked, grades = [scores[at] for at in order], [labels[at] for at in order]
    best = sorted(grades, reverse=True)[: k or len(grades)]
    ideal = sum((2**grade - 1) / discount(at) for at, grade in enumerate(best))
    gain = [(2**grade - 1) / max(ideal, 1e-10) for grade in grades]
    for i in range(len(order)):
        for j in range(len(order)):
            if (everything or grades[i] > grades[j]) and min(i, j) < (k or len(order)):
                yield -weight(gain, i, j) * (1 / (1 + (-sigma * (ranked[i] - ranked[j])).exp())).log()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("k", [None, 1, 2])
@pytest.mark.parametrize(("sigma", "base"), [(1.0, "binary"), (2.0, "natural")])
def test_value_and_gradient_are_those_of_the_formula(scheme, k, sigma, base, on_scores):
    made, weight = SCHEMES[scheme]
    settings = {"weighting_scheme": made, "k": k, "sigma": sigma, "reduction_log": base}
    value, gradient = on_scores("LambdaLoss", ROWS, LABELS, **settings)

    leaves = [[torch.tensor(score, dtype=torch.float64, requires_grad=True) for score in row] for row in ROWS]
    terms = [
        term
        for scores, labels in zip(leaves, LABELS, strict=True)
        for term in pair_terms(scores, labels, weight, k, sigma, scheme == "ndcg1")
    ]
    wanted = sum(terms) / len(terms) / (math.log(2) if base == "binary" else 1.0)
    flat = [leaf for row in leaves for leaf in row]
    wanted_gradient = torch.stack(torch.autograd.grad(wanted, flat, allow_unused=True, materialize_grads=True))
    assert value.item() == pytest.approx(wanted.item(), abs=1e-9)
    torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-6, atol=1e-9)


def test_rank_net_is_lambda_loss_without_weights(on_scores):
    for settings in ({}, {"k": 2}, {"sigma": 3.0}):
        ours = on_scores("RankNetLoss", ROWS, LABELS, **settings)
        torch.testing.assert_close(ours, on_scores("LambdaLoss", ROWS, LABELS, weighting_scheme=None, **settings))


def test_grades_of_a_hundred_and_more_do_not_overflow():
    gains = relative_gains(
        torch.tensor([[900.0, 899.0, 0.0]]), torch.ones(1, 3).bool(), torch.tensor([[1.0, 2.0, 3.0]])
    )
    torch.testing.assert_close(gains, torch.tensor([[0.8, 0.4, 0.0]]))


def test_documents_that_are_padding_have_no_gain():
    where = torch.tensor([[True, True, False]])
    gains = relative_gains(torch.tensor([[1.0, 0.0, 7.0]]), where, torch.tensor([[1.0, 2.0, 3.0]]))
    torch.testing.assert_close(gains, torch.tensor([[1.0, 0.0, 0.0]]))


def test_a_scheme_of_ones_own_is_used(on_scores):
    class Double(losses.BaseWeightingScheme):
        def forward(self, gain, discount, true_sorted):
            return gain.new_full((), 2.0)

    ours, _ = on_scores("LambdaLoss", ROWS, LABELS, weighting_scheme=Double())
    torch.testing.assert_close(ours, 2 * on_scores("RankNetLoss", ROWS, LABELS)[0])


def test_the_worst_pairs_have_the_largest_gradient(on_scores):
    slopes = [
        on_scores("LambdaLoss", [[-apart, apart]], [[1.0, 0.0]])[1].abs().max().item() for apart in (1.0, 10.0, 100.0)
    ]
    assert slopes == sorted(slopes)
    assert slopes[-1] == pytest.approx(slopes[-2], rel=1e-6)
