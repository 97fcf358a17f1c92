"""Distillation from a re-ranker's scores: MarginMSELoss and DistillKLDivLoss against loops."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError, InputError, ShapeError
from likewise.losses import DistillKLDivLoss, MarginMSELoss
from likewise.ops.similarity import pairwise_cos_sim


def teacher(*shape):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(9))


def margins(similarity):
    def value(*given):
        query, positive, *negatives, wanted = given
        costs = []
        for row in range(len(query)):
            for place, negative in enumerate(negatives):
                margin = similarity(query[row], positive[row]) - similarity(query[row], negative[row])
                costs.append((margin - (wanted[row] if wanted.dim() == 1 else wanted[row, place])) ** 2)
        return sum(costs) / len(costs)

    return value


def test_one_margin_for_one_negative(embeddings, agrees):
    agrees(MarginMSELoss(nn.Identity()), margins(torch.dot), embeddings(3), teacher(7))
    agrees(MarginMSELoss(nn.Identity()), margins(torch.dot), embeddings(3), teacher(7, 1))


def test_one_margin_for_each_negative(embeddings, agrees):
    agrees(MarginMSELoss(nn.Identity()), margins(torch.dot), embeddings(5), teacher(7, 3))


@pytest.mark.parametrize("negatives", [1, 3])
def test_scores_of_the_positive_and_the_negatives_become_margins(negatives, embeddings, agrees):
    plain = margins(torch.dot)

    def naive(*given):
        *columns, scores = given
        return plain(*columns, scores[:, :1] - scores[:, 1:])

    agrees(MarginMSELoss(nn.Identity()), naive, embeddings(2 + negatives), teacher(7, 1 + negatives))


def test_another_similarity(embeddings, agrees):
    loss = MarginMSELoss(nn.Identity(), similarity_fct=pairwise_cos_sim)
    agrees(loss, margins(lambda x, y: x @ y / (x.norm() * y.norm())), embeddings(3), teacher(7))
    assert loss.get_config_dict() == {"similarity_fct": "pairwise_cos_sim"}


def divergence(student_temperature, teacher_temperature):
    def value(*given):
        query, *candidates, scores = given
        total = 0.0
        for row in range(len(query)):
            said = [query[row] @ each[row] / student_temperature for each in candidates]
            known = (scores[row].double() / teacher_temperature).tolist()
            log_said = sum(each.exp() for each in said).log()
            log_known = torch.tensor(known, dtype=torch.float64).exp().sum().log()
            for s, t in zip(said, known, strict=True):
                total = total + (t - log_known).exp() * ((t - log_known) - (s - log_said))
        return total / len(query) * student_temperature**2

    return value


@pytest.mark.parametrize(
    ("settings", "temperatures"),
    [
        ({}, (1.0, 1.0)),
        ({"temperature": 2.0}, (2.0, 2.0)),
        ({"student_temperature": 2.0}, (2.0, 1.0)),
        ({"teacher_temperature": 2.0}, (1.0, 2.0)),
        ({"temperature": 4.0, "student_temperature": 2.0}, (2.0, 4.0)),
    ],
)
def test_it_is_the_divergence_of_two_distributions(settings, temperatures, embeddings, agrees):
    agrees(DistillKLDivLoss(nn.Identity(), **settings), divergence(*temperatures), embeddings(4), teacher(7, 3))


def test_a_student_that_agrees_pays_nothing(embeddings):
    query, *candidates = embeddings(4)
    scores = torch.stack([(query * each).sum(1) for each in candidates], dim=1)
    assert DistillKLDivLoss(nn.Identity()).compute([query, *candidates], scores).item() == pytest.approx(0, abs=1e-6)


def test_scores_far_apart_stay_finite(embeddings):
    columns = [each * 1e3 for each in embeddings(3)]
    value = DistillKLDivLoss(nn.Identity()).compute(columns, torch.tensor([[1e6, -1e6]] * 7))
    assert torch.isfinite(value)


def test_wrong_labels_columns_and_temperatures_are_refused(embeddings):
    with pytest.raises(ShapeError, match=r"labels of shape \(7, 4\) .*one margin for each negative"):
        MarginMSELoss(nn.Identity()).compute(embeddings(4), teacher(7, 4))
    with pytest.raises(ShapeError, match=r"labels of shape \(7, 2\) .*one score for the positive and each negative"):
        DistillKLDivLoss(nn.Identity()).compute(embeddings(4), teacher(7, 2))
    with pytest.raises(InputError, match="2 columns"):
        MarginMSELoss(nn.Identity()).compute(embeddings(2), teacher(7))
    with pytest.raises(ConfigError, match="above 0"):
        DistillKLDivLoss(nn.Identity(), temperature=0.0)
