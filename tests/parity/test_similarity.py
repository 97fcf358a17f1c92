"""Similarity, normalisation and the enum give what the peer package gives."""

import numpy as np
import pytest
import torch

from likewise import util
from likewise.similarity_functions import SimilarityFunction

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

ALL_PAIRS = ["cos_sim", "pytorch_cos_sim", "dot_score", "euclidean_sim", "manhattan_sim"]
PAIRWISE = [
    "pairwise_cos_sim",
    "pairwise_dot_score",
    "pairwise_euclidean_sim",
    "pairwise_manhattan_sim",
    "pairwise_angle_sim",
]


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.standard_normal((2, 30, 48)).astype(np.float32)


def assert_same(ours, theirs):
    torch.testing.assert_close(ours, theirs.float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*ALL_PAIRS, *PAIRWISE])
@pytest.mark.parametrize(
    "convert", [np.asarray, torch.from_numpy, lambda a: torch.from_numpy(a).double()], ids=["array", "tensor", "double"]
)
def test_scores_are_the_same(pair, name, convert):
    a, b = (convert(side) for side in pair)

    assert_same(getattr(util, name)(a, b), getattr(peer.util, name)(a, b))


@pytest.mark.parametrize("name", [*ALL_PAIRS, *PAIRWISE])
def test_scores_of_half_precision_are_the_same(pair, name):
    a, b = (torch.from_numpy(side).half() for side in pair)

    ours, theirs = getattr(util, name)(a, b), getattr(peer.util, name)(a, b)

    assert ours.dtype == theirs.dtype == torch.float32
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", [*ALL_PAIRS, *[name for name in PAIRWISE if "angle" not in name]])
def test_scores_of_single_vectors_have_the_same_shape(pair, name):
    """The peer cannot compute the angle of single vectors."""
    a, b = pair[0, 0], pair[1, 0]

    ours, theirs = getattr(util, name)(a, b), getattr(peer.util, name)(a, b)

    assert ours.shape == theirs.shape
    assert_same(ours, theirs)


def test_the_dot_product_of_int8_differs_because_the_peer_wraps_around():
    """By definition 48 x 100 x 100; the peer adds up in int8."""
    rows = np.full((1, 48), 100, np.int8)

    assert util.dot_score(rows, rows).item() == 480_000


def test_normalising_is_the_same(pair):
    rows = torch.from_numpy(pair[0])
    rows[3] = 0

    assert_same(util.normalize_embeddings(rows), peer.util.normalize_embeddings(rows))


@pytest.mark.parametrize("truncate_dim", [None, 1, 20, 48])
def test_truncating_is_the_same(pair, truncate_dim):
    ours = util.truncate_embeddings(pair[0], truncate_dim)

    np.testing.assert_array_equal(ours, peer.util.truncate_embeddings(pair[0], truncate_dim))


def test_the_enum_has_the_same_names_and_values():
    """The peer has multi-vector kinds besides."""
    for name, member in SimilarityFunction.__members__.items():
        assert peer.SimilarityFunction.__members__[name].value == member.value
        theirs = peer.SimilarityFunction.to_similarity_fn(member.value)
        assert (
            SimilarityFunction.to_similarity_fn(name.lower() if name == "DOT" else member).__name__ == theirs.__name__
        )
        pairwise = peer.SimilarityFunction.to_similarity_pairwise_fn(member.value)
        assert SimilarityFunction.to_similarity_pairwise_fn(member).__name__ == pairwise.__name__
