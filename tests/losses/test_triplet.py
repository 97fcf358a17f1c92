"""The triplet objective against a loop."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from likewise.errors import InputError, ShapeError
from likewise.losses import TripletDistanceMetric, TripletLoss

DISTANCES = {
    TripletDistanceMetric.EUCLIDEAN: lambda x, y: (x - y).norm(),
    TripletDistanceMetric.COSINE: lambda x, y: 1 - x @ y / (x.norm() * y.norm()),
    TripletDistanceMetric.MANHATTAN: lambda x, y: (x - y).abs().sum(),
}


@pytest.mark.parametrize("metric", DISTANCES, ids=["euclidean", "cosine", "manhattan"])
@pytest.mark.parametrize("margin", [5, 0.2])
def test_each_triplet_costs_what_the_margin_lacks(metric, margin, embeddings, agrees):
    def naive(anchors, positives, negatives, labels):
        distance = DISTANCES[metric]
        rows = zip(anchors, positives, negatives, strict=True)
        costs = [torch.relu(distance(a, p) - distance(a, n) + margin) for a, p, n in rows]
        return sum(costs) / len(costs)

    agrees(TripletLoss(nn.Identity(), metric, triplet_margin=margin), naive, embeddings(3), None)


def test_equal_texts_cost_the_margin_and_have_no_gradient():
    rows = [torch.ones(2, 3, requires_grad=True) for _ in range(3)]
    value = TripletLoss(nn.Identity()).compute(rows, None)
    value.backward()
    assert value.item() == 5.0
    assert all(row.grad.abs().max() == 0.0 for row in rows)


def test_settings():
    assert TripletLoss(nn.Identity()).get_config_dict() == {
        "distance_metric": "TripletDistanceMetric.EUCLIDEAN",
        "triplet_margin": 5,
    }


def test_two_columns_or_columns_of_two_lengths_are_refused(embeddings):
    with pytest.raises(InputError, match=r"2 columns .* \(anchor, positive, negative\)"):
        TripletLoss(nn.Identity()).compute(embeddings(2), None)
    anchor, positive, negative = embeddings(3)
    with pytest.raises(ShapeError, match=r"\[7, 7, 1\] rows"):
        TripletLoss(nn.Identity()).compute([anchor, positive, negative[:1]], None)
