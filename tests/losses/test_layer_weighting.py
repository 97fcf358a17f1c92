"""How much an earlier layer counts."""

import math

import pytest

from likewise.losses.layer_weighting import layer_weight


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [("uniform", 1.0), ("log", 1 / (1 + math.log(4))), ("linear", 0.25), (lambda layer: layer + 0.5, 3.5)],
)
def test_weight_of_layer_three(weighting, expected):
    assert layer_weight(weighting, 3) == pytest.approx(expected)


@pytest.mark.parametrize("weighting", ["uniform", "log", "linear"])
def test_the_embedding_layer_counts_one(weighting):
    assert layer_weight(weighting, 0) == 1.0
