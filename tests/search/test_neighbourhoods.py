import numpy as np
import pytest

from likewise.search.measure import Cosine
from likewise.search.neighbourhoods import Comparison, Neighbourhoods
from likewise.search.numpy_backend import NumpyBackend


def comparison(rows, *, threshold=0.5, block=7, pairs=2**22):
    ops = NumpyBackend()
    return Comparison(rows=rows, measure=Cosine(), ops=ops, threshold=threshold, block=block, pairs=pairs)


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)


def neighbours(rows, threshold):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return [np.flatnonzero(line).tolist() for line in unit @ unit.T >= threshold]


@pytest.mark.parametrize("pairs", [2**22, 100, 1])
@pytest.mark.parametrize("block", [1, 7, 50, 99])
def test_counts_and_neighbours_are_those_of_all_pairs(rows, pairs, block):
    expected = neighbours(rows, 0.5)
    centres = np.array([9, 0, 49])

    around = Neighbourhoods(comparison(rows, pairs=pairs, block=block))

    assert around.counts.tolist() == [len(ids) for ids in expected]
    found = around.each(centres, np.zeros(50, bool))
    assert [(centre, ids.tolist()) for centre, ids in found] == [(centre, expected[centre]) for centre in (9, 0, 49)]


def test_rows_that_are_gone_are_not_looked_for_again(rows):
    gone = np.zeros(50, bool)
    gone[25:] = True

    found = list(Neighbourhoods(comparison(rows, threshold=-1.0, pairs=10)).each(np.array([1]), gone))

    assert found[0][1].tolist() == list(range(25))


def test_no_more_pairs_are_held_than_allowed(rows):
    around = Neighbourhoods(comparison(rows, threshold=-1.0, pairs=200))

    assert around._pairs is None


def test_scores_are_those_of_the_similarity(rows):
    scores = comparison(rows).scores(3, np.arange(50))

    assert scores.shape == (50,)
    assert scores[3] == 1.0
    expected = rows[3] @ rows[7] / np.linalg.norm(rows[3]) / np.linalg.norm(rows[7])
    assert scores[7] == pytest.approx(expected, abs=1e-6)
