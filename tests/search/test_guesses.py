import numpy as np
import pytest

from likewise.search.guesses import Guesses, above, below, guesses, joined
from likewise.search.numpy_backend import NumpyBackend

FAST = np.float32([[1, 5, 2], [4, 0, 6]])


def test_pairs_that_may_reach_the_level_of_their_row_are_found_with_their_limits():
    found = guesses(NumpyBackend(), FAST, np.array([5.0, 4.5]), np.array([0.25, 1.0]), 1, room=9)

    assert (found.queries.tolist(), found.documents.tolist()) == ([0, 1, 1], [1, 0, 2])
    assert found.lows == pytest.approx([4.75, 3, 5])
    assert found.highs == pytest.approx([5.25, 5, 7])
    assert (found.lows < [4.75, 3, 5]).all()
    assert (found.highs > [5.25, 5, 7]).all()


def test_columns_have_levels_of_their_own():
    found = guesses(
        NumpyBackend(), FAST, np.array([4.0, 9.0, 2.5]), np.array([0.0, 0.0, 1.0]), 1, room=9, by_column=True
    )

    assert (found.queries.tolist(), found.documents.tolist()) == ([2, 0, 2], [0, 1, 1])


@pytest.mark.parametrize("by_column", [False, True])
def test_too_many_are_cut_to_those_near_the_best(by_column):
    fast = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)

    found = guesses(NumpyBackend(), fast, np.full(300, -np.inf), np.full(300, 0.01), 5, room=20, by_column=by_column)

    best = np.sort(fast.T if by_column else fast, axis=1)[:, -5]
    assert (np.bincount(found.queries, found.highs >= best[found.queries]) >= 5).all()
    assert len(found.queries) < 300 * 10


def test_what_cannot_be_told_apart_is_none():
    fast, levels = np.ones((300, 300), np.float32), np.full(300, -np.inf)

    assert guesses(NumpyBackend(), fast, levels, np.zeros(300), 5, room=299) is None
    assert len(guesses(NumpyBackend(), fast, levels, np.zeros(300), 5, room=300).queries) == 300 * 300


def test_nothing_is_cut_where_all_that_reach_the_level_are_wanted():
    fast = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)

    assert guesses(NumpyBackend(), fast, np.full(300, -np.inf), np.zeros(300), room=100) is None
    assert len(guesses(NumpyBackend(), fast, np.full(300, 1.0), np.zeros(300), room=100).queries) > 300 * 40


def test_numbers_are_below_and_above_in_float32():
    values = np.array([0.1, -0.1, 1.0, 0.0])

    assert (below(values) < values).all()
    assert (above(values) > values).all()
    assert below(values) == pytest.approx(values, rel=1e-6)


def test_several_tiles_become_one():
    one, two = (Guesses(*(np.array([number + field]) for field in range(4))) for number in (0, 10))

    both = joined([one, two])

    assert [both.queries.tolist(), both.highs.tolist()] == [[0, 10], [3, 13]]
