import numpy as np
import pytest

from likewise.errors import InputError, ShapeError
from likewise.mining import candidates as module
from likewise.mining.candidates import candidates, exact_nearest, positive_scores
from likewise.mining.pairs import read_pairs
from likewise.mining.rules import NegativeRules
from likewise.search.measure import Cosine, Euclidean


@pytest.fixture
def pairs(data):
    rng = np.random.default_rng(0)
    rows = [(f"q{rng.integers(0, 9)}", f"d{rng.integers(0, 30)}") for _ in range(40)]
    return read_pairs(data(*rows), (None, None), [f"c{number}" for number in range(50)])


@pytest.fixture
def rows(pairs):
    rng = np.random.default_rng(1)
    return rng.standard_normal((len(pairs.anchors), 6)), rng.standard_normal((len(pairs.passages), 6))


def rules(pairs, depth, with_positives):
    return NegativeRules(num_negatives=1, range_max=depth - pairs.most_rows, include_positives=with_positives)


def naive(rows, pairs, depth, with_positives):
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in rows]
    scores = unit[0] @ unit[1].T
    positives = set(zip(pairs.anchor_ids.tolist(), pairs.positive_ids.tolist(), strict=True))
    nearest = [np.argsort(-line)[:depth].tolist() for line in scores]
    return [
        [each for each in line if with_positives or (anchor, each) not in positives]
        for anchor, line in enumerate(nearest)
    ]


@pytest.mark.parametrize("with_positives", [False, True])
@pytest.mark.parametrize("depth", [15, 20, 1000])
@pytest.mark.parametrize("block", [1, 4, 1024])
def test_candidates_are_the_nearest_that_are_no_positives(monkeypatch, rows, pairs, depth, with_positives, block):
    monkeypatch.setattr(module, "_ANCHORS", block)

    nearest = exact_nearest(rows[1], Cosine(), len(rows[0]))
    found = list(candidates(rows[0], nearest, pairs, rules(pairs, depth, with_positives)))

    assert np.concatenate([some.anchors for some in found]).tolist() == list(range(len(pairs.anchors)))
    ids = [[each for each in line if each >= 0] for some in found for line in some.ids.tolist()]
    assert ids == naive(rows, pairs, depth, with_positives)
    assert all((np.isinf(some.scores) == (some.ids < 0)).all() for some in found)


def test_blocks_are_small_where_many_candidates_are_wanted(monkeypatch, rows, pairs):
    monkeypatch.setattr(module, "_CANDIDATES", 45)

    found = candidates(rows[0], exact_nearest(rows[1], Cosine(), len(rows[0])), pairs, rules(pairs, 20, True))

    assert {some.ids.shape for some in found} <= {(2, 20), (1, 20)}


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_positives_are_scored_by_the_same_similarity(monkeypatch, rows, pairs, at_once):
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", at_once)

    scores = positive_scores(*rows, pairs, Euclidean())

    expected = -np.linalg.norm(rows[0][pairs.anchor_ids] - rows[1][pairs.positive_ids], axis=1)
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_rows_that_cannot_be_compared_are_refused(rows, pairs):
    with pytest.raises(ShapeError, match="embeddings of anchors have dimension 6, embeddings of passages"):
        positive_scores(rows[0], rows[1][:, :5], pairs, Cosine())
    rows[0][2, 1] = np.nan
    with pytest.raises(InputError, match="embeddings of anchors, row 2, holds NaN"):
        list(candidates(rows[0], exact_nearest(rows[1], Cosine(), len(rows[0])), pairs, rules(pairs, 20, False)))
