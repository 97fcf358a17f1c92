"""Losses on lists, derived again with loops in float64; gradients by the same loops."""

from __future__ import annotations

import math

import pytest
import torch

from likewise.cross_encoder import losses
from likewise.errors import InputError, InputTypeError, ShapeError

ROWS = [[0.3, -1.2, 0.8, 0.1], [0.5], [0.7, 0.2, -0.4], [-0.1, 1.4]]
LABELS = [[0.0, 2.0, 1.0, 1.0], [1.0], [2.0, 0.0, 3.0], [0.0, 0.0]]


def sigmoid(value):
    return 1 / (1 + (-value).exp())


def list_net(scores, labels):
    wanted = [math.exp(label) / sum(math.exp(other) for other in labels) for label in labels]
    total = sum(score.exp() for score in scores)
    return -sum(share * (score.exp() / total).log() for share, score in zip(wanted, scores, strict=True))


def by_label(scores, labels):
    return [scores[at] for at in sorted(range(len(scores)), key=lambda at: -labels[at])]


def list_mle(scores, weight=None):
    count = len(scores)
    terms = [sum(left.exp() for left in scores[at:]).log() - scores[at] for at in range(count)]
    if weight is None:
        return sum(terms)
    weights = [weight(at + 1, count) for at in range(count)]
    return sum(each * term for each, term in zip(weights, terms, strict=True)) / (sum(weights) or 1.0)


def adr_mse(scores, labels, alpha):
    total = 0.0
    for at, score in enumerate(scores):
        others = [other for other in range(len(scores)) if other != at]
        said = 1 + sum(sigmoid(alpha * (scores[other] - score)) for other in others)
        equal = sum(labels[other] == labels[at] for other in others)
        rank = 1 + sum(labels[other] > labels[at] for other in others) + equal / 2
        total = total + (rank - said) ** 2 / math.log2(1 + rank)
    return total


def mean_over_queries(each):
    def naive(rows, labels):
        return sum(each(scores, label) for scores, label in zip(rows, labels, strict=True)) / len(rows)

    return naive


def paper_weight(place, count):
    return 2.0 ** (count - place) - 1


NAIVE = [
    ("ListNetLoss", {}, mean_over_queries(list_net)),
    ("ListMLELoss", {}, mean_over_queries(lambda scores, labels: list_mle(scores))),
    (
        "ListMLELoss",
        {"respect_input_order": False},
        mean_over_queries(lambda scores, labels: list_mle(by_label(scores, labels))),
    ),
    ("PListMLELoss", {}, mean_over_queries(lambda scores, labels: list_mle(scores, paper_weight))),
    (
        "PListMLELoss",
        {"respect_input_order": False},
        mean_over_queries(lambda scores, labels: list_mle(by_label(scores, labels), paper_weight)),
    ),
    (
        "PListMLELoss",
        {"lambda_weight": losses.PListMLELambdaWeight(lambda ranks: 1 / torch.log2(ranks + 1))},
        mean_over_queries(lambda scores, labels: list_mle(scores, lambda place, count: 1 / math.log2(place + 1))),
    ),
    ("PListMLELoss", {"lambda_weight": None}, mean_over_queries(lambda scores, labels: list_mle(scores))),
    *[
        (
            "ADRMSELoss",
            {"alpha": alpha},
            lambda rows, labels, alpha=alpha: (
                sum(adr_mse(scores, label, alpha) for scores, label in zip(rows, labels, strict=True))
                / sum(map(len, rows))
            ),
        )
        for alpha in (1.0, 5.0)
    ],
]


def check(on_scores, name, settings, naive, rows=ROWS, labels=LABELS):
    value, gradient = on_scores(name, rows, [torch.tensor(label) for label in labels], **settings)
    leaves = [[torch.tensor(score, dtype=torch.float64, requires_grad=True) for score in row] for row in rows]
    wanted = torch.as_tensor(naive(leaves, labels))
    flat = [leaf for row in leaves for leaf in row]
    wanted_gradient = torch.autograd.grad(wanted, flat, allow_unused=True, materialize_grads=True)
    assert value.item() == pytest.approx(wanted.item(), abs=1e-6)
    torch.testing.assert_close(gradient, torch.stack(wanted_gradient), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "settings", "naive"), NAIVE)
def test_value_and_gradient_are_those_of_the_formula(name, settings, naive, on_scores):
    check(on_scores, name, settings, naive)


@pytest.mark.parametrize(
    "name", ["ListNetLoss", "ListMLELoss", "PListMLELoss", "LambdaLoss", "RankNetLoss", "ADRMSELoss"]
)
class TestRaggedLists:
    def test_an_empty_list_changes_no_gradient_but_by_the_number_of_lists(self, name, on_scores):
        value, gradient = on_scores(name, [[0.3, -1.2], []], [[1.0, 0.0], []])
        alone, alone_gradient = on_scores(name, [[0.3, -1.2]], [[1.0, 0.0]])
        share = 0.5 if name in ("ListNetLoss", "ListMLELoss", "PListMLELoss") else 1.0
        torch.testing.assert_close(value, alone * share)
        torch.testing.assert_close(gradient, alone_gradient * share)

    def test_nothing_but_empty_lists_gives_0_with_a_gradient(self, name, on_scores):
        value, gradient = on_scores(name, [[], []], [[], []])
        assert value.item() == 0.0
        assert gradient.abs().max() == 0.0

    def test_one_document_gives_0_with_a_gradient(self, name, on_scores):
        value, gradient = on_scores(name, [[0.5]], [[1.0]])
        assert value.item() == pytest.approx(0.0, abs=1e-12)
        assert gradient.abs().max() < 1e-12

    def test_labels_that_do_not_fit_are_refused(self, name, on_scores):
        with pytest.raises(ShapeError, match="1 labels for the 2 documents of row 1"):
            on_scores(name, [[0.5, 0.1], [0.5, 0.1]], [[1.0, 0.0], [1.0]])
        with pytest.raises(InputTypeError, match="labels of row 0"):
            on_scores(name, [[0.5, 0.1]], [1.0])

    def test_a_text_instead_of_a_list_is_refused(self, name, table):
        with pytest.raises(InputTypeError, match="row 1"):
            getattr(losses, name)(table())([["q", "r"], [["a"], "b"]], [[1.0], [0.0]])
        with pytest.raises(InputError, match="3 columns"):
            getattr(losses, name)(table())([["q"], [["a"]], [["b"]]], [[1.0]])


def test_weights_of_the_paper_do_not_overflow_in_long_lists(on_scores):
    count = 300
    scores = torch.randn(count, generator=torch.Generator().manual_seed(0)).tolist()
    value, gradient = on_scores("PListMLELoss", [scores], [[0.0] * count])
    wanted = list_mle(list(torch.tensor(scores, dtype=torch.float64)), paper_weight)
    assert value.item() == pytest.approx(wanted.item(), rel=1e-6)
    assert torch.isfinite(gradient).all()


def test_a_discount_is_given_places_from_1():
    seen = []
    weight = losses.PListMLELambdaWeight(lambda ranks: seen.append(ranks) or 1 / ranks)
    found = weight(torch.tensor([[True, True, True], [True, True, False]]))
    assert seen[0].tolist() == [[1.0, 2.0, 3.0]] * 2
    torch.testing.assert_close(found, torch.tensor([[1.0, 1 / 2, 1 / 3], [1.0, 1 / 2, 0.0]]))


def test_scores_far_apart_have_the_gradient_of_the_formula(on_scores):
    for name in ("ListMLELoss", "ListNetLoss", "RankNetLoss"):
        value, gradient = on_scores(name, [[-400.0, 400.0]], [[50.0, 0.0]])
        assert value.item() == pytest.approx(800.0 / (math.log(2) if name == "RankNetLoss" else 1.0))
        assert gradient.abs().min() > 0.9
