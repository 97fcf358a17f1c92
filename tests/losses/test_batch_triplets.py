"""Triplets within a batch: loops over anchors, positives and negatives."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.losses import (
    BatchAllTripletLoss,
    BatchHardSoftMarginTripletLoss,
    BatchHardTripletLoss,
    BatchHardTripletLossDistanceFunction,
    BatchSemiHardTripletLoss,
)

EUCLIDEAN = BatchHardTripletLossDistanceFunction.euclidean_distance
COSINE = BatchHardTripletLossDistanceFunction.cosine_distance
ALL = [BatchAllTripletLoss, BatchHardTripletLoss, BatchHardSoftMarginTripletLoss, BatchSemiHardTripletLoss]
LABELS = {
    "two classes": [0, 1, 1, 0, 0, 1, 0],
    "three classes": [0, 1, 2, 0, 1, 2, 0],
    "a class of one text": [0, 0, 0, 1, 2, 2, 2],
}


def euclidean(x, y):
    return (x - y).norm()


def cosine(x, y):
    return 1 - x @ y / (x.norm() * y.norm())


def anchors(texts, labels, distance):
    """For each anchor with positives and negatives, the distances of both."""
    for a in range(len(texts)):
        positives = [distance(texts[a], texts[p]) for p in range(len(texts)) if p != a and labels[p] == labels[a]]
        negatives = [distance(texts[a], texts[n]) for n in range(len(texts)) if labels[n] != labels[a]]
        if positives and negatives:
            yield positives, negatives


def mean(costs):
    return sum(costs) / len(costs)


def batch_all(texts, labels, distance, margin):
    costs = [p - n + margin for ps, ns in anchors(texts, labels, distance) for p in ps for n in ns]
    return mean([cost for cost in costs if cost > 0])


def batch_hard(texts, labels, distance, margin):
    return mean([torch.relu(max(ps) - min(ns) + margin) for ps, ns in anchors(texts, labels, distance)])


def soft_margin(texts, labels, distance, margin):
    return mean([(1 + (max(ps) - min(ns)).exp()).log() for ps, ns in anchors(texts, labels, distance)])


def semi_hard(texts, labels, distance, margin):
    costs = []
    for positives, negatives in anchors(texts, labels, distance):
        for p in positives:
            farther = [n for n in negatives if n > p]
            costs.append(torch.relu(p - (min(farther) if farther else max(negatives)) + margin))
    return mean(costs)


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize(("metric", "distance"), [(EUCLIDEAN, euclidean), (COSINE, cosine)])
@pytest.mark.parametrize("margin", [5, 0.3])
@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (BatchAllTripletLoss, batch_all),
        (BatchHardTripletLoss, batch_hard),
        (BatchHardSoftMarginTripletLoss, soft_margin),
        (BatchSemiHardTripletLoss, semi_hard),
    ],
)
def test_mining_is_what_loops_find(kind, plain, metric, distance, margin, labels, embeddings, agrees):
    settings = {} if kind is BatchHardSoftMarginTripletLoss else {"margin": margin}
    agrees(
        kind(nn.Identity(), metric, **settings),
        lambda texts, targets: plain(texts, targets, distance, margin),
        embeddings(1),
        torch.tensor(labels),
    )


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("labels", [[3], [0, 0, 0, 0], [0, 1, 2, 3]])
@pytest.mark.parametrize("metric", [EUCLIDEAN, COSINE])
def test_without_a_valid_triplet_the_value_is_0_and_there_is_no_gradient(kind, labels, metric, embeddings):
    texts = embeddings(1, rows=len(labels))[0].requires_grad_()
    value = kind(nn.Identity(), metric).compute([texts], torch.tensor(labels))
    value.backward()
    assert value.item() == 0.0
    assert texts.grad.abs().max() == 0.0


@pytest.mark.parametrize("kind", ALL[:3])
def test_an_anchor_without_a_triplet_neither_costs_nor_counts(kind, embeddings):
    """A text alone in its class is a negative for the others (here one too far away to matter), and no anchor."""
    texts = embeddings(1, rows=4)[0]
    labels = torch.tensor([0, 0, 1, 1])
    far = torch.full((1, 6), 1e3)
    loss = kind(nn.Identity())
    value = loss.compute([texts], labels)
    with_lonely = loss.compute([torch.cat([texts, far])], torch.tensor([0, 0, 1, 1, 2]))
    torch.testing.assert_close(with_lonely, value)


def test_distances_of_all_pairs(embeddings):
    (texts,) = embeddings(1)
    functions = BatchHardTripletLossDistanceFunction
    wanted = torch.tensor([[(x - y).norm() for y in texts] for x in texts])
    torch.testing.assert_close(functions.euclidean_distance(texts), wanted)
    torch.testing.assert_close(functions.euclidean_distance(texts, squared=True), wanted**2)
    torch.testing.assert_close(functions.eucledian_distance(texts), wanted)
    assert not torch.signbit(functions.euclidean_distance(texts).diagonal()).any()


def test_texts_close_together_keep_their_distances_also_under_autocast():
    """From products of float32 or bfloat16 they would be noise, or 0."""
    generator = torch.Generator().manual_seed(0)
    texts = torch.randn(1, 384, generator=generator) + 1e-3 * torch.randn(6, 384, generator=generator)
    wanted = torch.cdist(texts.double(), texts.double(), compute_mode="donot_use_mm_for_euclid_dist").float()
    torch.testing.assert_close(EUCLIDEAN(texts), wanted, rtol=1e-5, atol=1e-7)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(EUCLIDEAN(texts), wanted, rtol=1e-5, atol=1e-7)


def test_equal_texts_have_finite_gradients():
    texts = torch.ones(4, 3, requires_grad=True)
    for kind in ALL:
        (gradient,) = torch.autograd.grad(kind(nn.Identity()).compute([texts], torch.tensor([0, 0, 1, 1])), texts)
        assert gradient.abs().max() < 1e-3
