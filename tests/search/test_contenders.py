import numpy as np
import pytest

from likewise.search.contenders import Contenders
from likewise.search.guesses import Guesses

ROWS, IDS, TOP_K = 20, 400, 5


def guessed(rows, ids, lows, width):
    lows = np.float32(lows)
    return Guesses(np.asarray(rows), np.asarray(ids), lows, lows + np.float32(width))


def filled(width, parts, seed=0):
    random = np.random.default_rng(seed)
    lists, lows = Contenders(ROWS, TOP_K), random.random((ROWS, IDS)).astype(np.float32)
    for ids in np.array_split(np.arange(IDS), parts):
        rows, columns = (part.ravel() for part in np.meshgrid(np.arange(ROWS), ids, indexing="ij"))
        lists.add(guessed(rows, columns, lows[rows, columns], width))
    return lists, lows


@pytest.mark.parametrize("parts", [1, 7, 400])
@pytest.mark.parametrize("width", [0.0, 0.05])
def test_what_may_be_among_the_best_stays_and_nothing_else(parts, width):
    lists, lows = filled(width, parts)

    found = lists.at_least(-np.inf)

    kth = np.sort(lows, axis=1)[:, -TOP_K]
    expected = np.argwhere(lows + np.float32(width) >= kth[:, None])
    assert sorted(zip(found.queries.tolist(), found.documents.tolist(), strict=True)) == list(map(tuple, expected))
    assert (np.diff(found.queries) >= 0).all()
    assert lists.lows.tolist() == kth.tolist()


def test_a_score_leaves_out_what_does_not_reach_it():
    lists, _ = filled(0.01, 3)

    found = lists.at_least(0.99)

    every = lists.at_least(-np.inf)
    assert 0 < len(found.queries) == (every.highs >= np.float32(0.99)).sum() < len(every.queries)
    assert (found.highs >= np.float32(0.99)).all()


def test_the_best_limits_are_k_of_each_row_even_where_more_are_equal():
    lists = Contenders(2, 3)
    lists.add(guessed([0] * 8 + [1], range(9), [0.5] * 8 + [0.25], 0.0))

    assert len(lists.at_least(0).queries) == 9
    assert sorted(lists.best_lows(0).tolist()) == [0.25, 0.5, 0.5, 0.5]


def test_crowded_rows_are_replaced_and_others_stay():
    lists = Contenders(2, 2)
    lists.add(guessed([0] * 9 + [1], range(10), [0.5] * 9 + [0.25], 0.1))
    assert lists.crowded
    found = lists.crowd()
    assert (found.queries.tolist(), sorted(found.documents.tolist())) == ([0] * 9, list(range(9)))

    lists.settle(guessed([0, 0], [4, 2], [0.6, 0.55], 0.0))

    assert not lists.crowded
    found = lists.at_least(-np.inf)
    assert sorted(zip(found.queries.tolist(), found.documents.tolist(), strict=True)) == [(0, 2), (0, 4), (1, 9)]
    assert lists.lows.tolist() == [np.float32(0.55), -np.inf]


def test_many_small_parts_take_little_room():
    lists = Contenders(1000, 100)
    for number in range(1000):
        lists.add(guessed([number], [0], [0.5], 0.1))

    assert len(lists._waiting) <= 65
    assert len(lists.at_least(0).queries) == 1000
