"""The classifier on pairs against a loop."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError
from likewise.losses import SoftmaxLoss

LABELS = torch.tensor([0, 2, 1, 1, 0, 2, 2])
PARTS = [(True, True, False), (True, False, False), (False, True, False), (False, False, True), (True, True, True)]


class Given(nn.Module):
    def forward(self, features):
        return features


@pytest.mark.parametrize("parts", PARTS)
def test_it_is_the_cross_entropy_of_a_linear_classifier(parts, embeddings, agrees):
    loss = SoftmaxLoss(Given(), 6, 3, *parts)
    weight, bias = loss.classifier.weight.detach().double(), loss.classifier.bias.detach().double()

    def naive(first, second, labels):
        total = 0.0
        for u, v, label in zip(first, second, labels, strict=True):
            vector = torch.cat([u, v] * parts[0] + [(u - v).abs()] * parts[1] + [u * v] * parts[2])
            said = [row @ vector + shift for row, shift in zip(weight, bias, strict=True)]
            total = total + sum(each.exp() for each in said).log() - said[label]
        return total / len(labels)

    agrees(loss, naive, embeddings(2), LABELS)


def test_the_classifier_is_learnt_and_another_objective_may_be_given(embeddings):
    loss = SoftmaxLoss(Given(), embedding_dimension=6, num_labels=3, loss_fct=nn.MultiMarginLoss())
    columns = embeddings(2)
    value = loss.compute(columns, LABELS)
    value.backward()
    torch.testing.assert_close(value, nn.MultiMarginLoss()(loss.logits(columns), LABELS))
    assert loss.classifier.weight.grad.abs().sum() > 0
    assert loss.get_config_dict()["loss_fct"] == "torch.nn.modules.loss.MultiMarginLoss"


def test_without_labels_it_returns_embeddings_and_logits(embeddings):
    loss = SoftmaxLoss(Given(), 6, 3)
    columns = embeddings(2)
    reps, logits = loss([{"sentence_embedding": each} for each in columns])
    assert [torch.equal(rep, column) for rep, column in zip(reps, columns, strict=True)] == [True, True]
    torch.testing.assert_close(logits, loss.logits(columns))
    assert logits.shape == (7, 3)


def test_mixed_precision_does_not_lower_the_precision_of_the_logits(embeddings):
    loss = SoftmaxLoss(Given(), 6, 3)
    columns = embeddings(2)
    with torch.autocast("cpu", torch.bfloat16):
        inside = loss.compute(columns, LABELS)
    assert torch.equal(inside, loss.compute(columns, LABELS))


@pytest.mark.parametrize("settings", [{"num_labels": 3}, {"embedding_dimension": 6}])
def test_a_width_and_a_number_of_classes_are_needed(settings):
    with pytest.raises(ConfigError, match="a width, a number of classes"):
        SoftmaxLoss(Given(), **settings)


def test_a_classifier_without_input_is_refused():
    with pytest.raises(ConfigError, match="0 parts"):
        SoftmaxLoss(Given(), 6, 3, concatenation_sent_rep=False, concatenation_sent_difference=False)
