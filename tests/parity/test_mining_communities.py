"""community_detection finds the communities that the peer package finds."""

import numpy as np
import pytest
import torch

from likewise import util

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity


def clustered(rows, clusters, noise, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((clusters, 24))
    return (centres[rng.integers(0, clusters, rows)] + noise * rng.standard_normal((rows, 24))).astype(np.float32)


def assert_same_order_but_for_rounding(rows, ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        assert mine[0] == other[0]
        scores = util.cos_sim(rows[mine[:1]], rows[mine]), util.cos_sim(rows[mine[:1]], rows[other])
        torch.testing.assert_close(*scores, rtol=0, atol=1e-6)


INPUTS = {
    "random": np.random.default_rng(1).standard_normal((500, 6)).astype(np.float32),
    "clustered": clustered(1500, 30, 0.4),
    "overlapping": clustered(800, 5, 0.9),
    "one": np.ones((1, 3), np.float32),
    "two": np.float32([[1, 2], [2, 4.1]]),
    "none": np.ones((0, 3), np.float32),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(("threshold", "smallest"), [(0.75, 10), (0.6, 2), (0.9, 1)])
@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
def test_communities_are_the_same(name, threshold, smallest, convert):
    rows = convert(INPUTS[name])

    ours = util.community_detection(rows, threshold, smallest)
    theirs = peer.util.community_detection(rows, threshold, smallest)

    assert [sorted(members) for members in ours] == [sorted(members) for members in theirs]
    assert_same_order_but_for_rounding(INPUTS[name], ours, theirs)


def test_among_duplicates_they_are_the_same_but_for_the_order_of_equal_scores():
    rows = np.repeat(clustered(60, 6, 0.3), 9, axis=0)

    ours, theirs = util.community_detection(rows), peer.util.community_detection(rows)

    assert [sorted(members) for members in ours] == [sorted(members) for members in theirs]


def test_half_precision_gives_the_communities_of_the_rounded_numbers():
    rows = torch.from_numpy(clustered(400, 8, 0.3)).half()

    assert util.community_detection(rows) == peer.util.community_detection(rows.float())
