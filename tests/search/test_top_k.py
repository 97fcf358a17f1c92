import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.search.top_k import Candidates, RunningTopK, best_of_rows


def naive_best(scores, top_k):
    """Stable sorting: equal scores by the lower place."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    return order, np.take_along_axis(scores, order, 1)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), columns=st.integers(1, 30), top_k=st.integers(1, 12), levels=st.integers(1, 8))
def test_best_of_rows_equals_stable_sorting(seed, columns, top_k, levels):
    """Few levels, so that many scores are equal."""
    scores = np.random.default_rng(seed).integers(0, levels, (3, columns)).astype(np.float32)

    rows, places = best_of_rows(scores, top_k)

    expected = naive_best(scores, top_k)[0]
    for row in range(3):
        assert places[rows == row].tolist() == sorted(expected[row].tolist())


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), step=st.integers(1, 20), top_k=st.integers(1, 12), levels=st.integers(1, 8))
def test_adding_tile_by_tile_equals_stable_sorting_of_the_whole(seed, step, top_k, levels):
    scores = np.random.default_rng(seed).integers(0, levels, (3, 40)).astype(np.float32)
    best = RunningTopK(3, top_k)

    for start in range(0, 40, step):
        tile = scores[:, start : start + step]
        rows, places = np.indices(tile.shape).reshape(2, -1)
        above = tile[rows, places] > best.thresholds[rows]
        rows, places = rows[above], places[above]
        best.add(Candidates(rows, places, tile[rows, places]), start)

    ids, expected = naive_best(scores, top_k)
    assert best.ids.tolist() == ids.tolist()
    assert best.scores.tolist() == expected.tolist()


def test_nothing_found_changes_nothing():
    best = RunningTopK(1, 1)

    best.add(Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)), 0)

    assert best.ids.tolist() == [[-1]]
    assert best.thresholds == pytest.approx([-np.inf])
