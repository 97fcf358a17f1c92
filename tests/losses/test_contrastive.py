"""Contrastive losses against loops, and which pairs of a batch are hard."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.losses import ContrastiveLoss, OnlineContrastiveLoss, SiameseDistanceMetric
from likewise.losses.contrastive import online_contrastive

LABELS = torch.tensor([1, 0, 0, 1, 0, 1, 1])
DISTANCES = {
    SiameseDistanceMetric.COSINE_DISTANCE: lambda x, y: 1 - x @ y / (x.norm() * y.norm()),
    SiameseDistanceMetric.EUCLIDEAN: lambda x, y: (x - y).norm(),
    SiameseDistanceMetric.MANHATTAN: lambda x, y: (x - y).abs().sum(),
}
NAMES = ["cosine", "euclidean", "manhattan"]


def costs(first, second, labels, distance, margin):
    for x, y, alike in zip(first, second, labels, strict=True):
        d = distance(x, y)
        yield d**2 / 2 if alike else torch.relu(margin - d) ** 2 / 2


@pytest.mark.parametrize("metric", DISTANCES, ids=NAMES)
@pytest.mark.parametrize("average", [True, False])
def test_alike_pairs_cost_their_square_and_others_what_the_margin_lacks(metric, average, embeddings, agrees):
    def naive(first, second, labels):
        total = sum(costs(first, second, labels, DISTANCES[metric], 4.0))
        return total / len(labels) if average else total

    agrees(ContrastiveLoss(nn.Identity(), metric, margin=4.0, size_average=average), naive, embeddings(2), LABELS)


@pytest.mark.parametrize("metric", DISTANCES, ids=NAMES)
def test_online_only_hard_pairs_count(metric, embeddings, agrees):
    def naive(first, second, labels):
        distances = [DISTANCES[metric](x, y) for x, y in zip(first, second, strict=True)]
        alike = [d for d, label in zip(distances, labels, strict=True) if label == 1]
        other = [d for d, label in zip(distances, labels, strict=True) if label == 0]
        total = 0.0 * distances[0]
        for d in alike:
            if d > min(other):
                total = total + d**2
        for d in other:
            if d < max(alike):
                total = total + torch.relu(4.0 - d) ** 2
        return total

    agrees(OnlineContrastiveLoss(nn.Identity(), metric, margin=4.0), naive, embeddings(2), LABELS)


@pytest.mark.parametrize(
    ("distances", "labels", "wanted"),
    [
        ([0.3, 0.2], [1, 0], 0.09 + 0.09),  # both are hard
        ([0.2, 0.3], [1, 0], 0.0),  # in order
        ([0.3, 0.3], [1, 0], 0.0),  # equal is not farther
        ([0.3, 0.4], [1, 1], 0.16),  # one kind only: what is beyond its mean
        ([0.3, 0.4], [0, 0], 0.04),
        ([0.3], [1], 0.0),
        ([0.3], [0], 0.0),
    ],
)
def test_hard_pairs_of_small_batches(distances, labels, wanted):
    value = online_contrastive(torch.tensor(distances), torch.tensor(labels), 0.5)
    assert value.item() == pytest.approx(wanted, abs=1e-6)


def test_settings_name_the_documented_distance_or_the_users_own():
    def mine(x, y):
        return (x - y).abs().amax(1)

    assert ContrastiveLoss(nn.Identity()).get_config_dict() == {
        "distance_metric": "SiameseDistanceMetric.COSINE_DISTANCE",
        "margin": 0.5,
        "size_average": True,
    }
    assert OnlineContrastiveLoss(nn.Identity(), mine).get_config_dict()["distance_metric"] == "mine"
