import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.search import best_pairs
from likewise.search.best_pairs import BestPairs

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] != pair[1]), max_size=30)


@settings(deadline=None, max_examples=60)
@given(pairs=PAIRS, most=st.integers(1, 12), parts=st.integers(1, 4))
def test_the_best_of_all_parts_are_kept_once_in_order(pairs, most, parts):
    def score(pair):
        return float(sum(pair) % 3)  # many are equal

    best = BestPairs(most)
    for number in range(parts):
        some = pairs[number::parts]
        left, right = np.array(some, np.int64).reshape(-1, 2).T
        best.add(left, right, np.array([score(pair) for pair in some], np.float32))

    expected = sorted({(min(pair), max(pair)) for pair in pairs}, key=lambda pair: (-score(pair), pair))[:most]
    found = best.result()
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    assert found.scores.tolist() == [score(pair) for pair in expected]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(best_pairs, "_SETTLE_AT", 8)
    best = BestPairs(2)

    for number in range(100):
        best.add(np.array([number]), np.array([number + 1]), np.array([number], np.float32))
        assert best._count <= 9

    assert best.result().first.tolist() == [99, 98]


def test_of_two_scores_of_a_pair_the_larger_counts():
    best = BestPairs(5)

    best.add(np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.5], np.float32))

    assert best.result().scores.tolist() == pytest.approx([0.5])


def test_the_floor_is_the_last_score_once_there_are_enough():
    best = BestPairs(2)
    best.add(np.array([0]), np.array([1]), np.array([0.5], np.float32))
    best.result()
    assert best.floor == -np.inf

    best.add(np.array([0, 0]), np.array([2, 3]), np.array([0.25, 0.75], np.float32))
    best.result()

    assert best.floor == 0.5
