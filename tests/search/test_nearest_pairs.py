import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError
from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim, manhattan_sim
from likewise.search.nearest_pairs import PairLimits, merge_pairs, nearest_pairs

FUNCTIONS = [cos_sim, dot_score, euclidean_sim, manhattan_sim, lambda a, b: a @ b.T + 1]
NAMES = ["cosine", "dot", "euclidean", "manhattan", "own"]


def brute_force(rows, function, top_k, max_pairs):
    """Each pair of which one row is among the nearest of the other, equal scores by the lower number."""
    scores = function(torch.from_numpy(rows), torch.from_numpy(rows)).numpy()
    pairs = set()
    for row in range(len(rows)):
        others = [other for other in np.argsort(-scores[row], kind="stable").tolist() if other != row]
        pairs |= {(min(row, other), max(row, other)) for other in others[:top_k]}
    return sorted(pairs, key=lambda pair: (-scores[pair], pair))[:max_pairs], scores


def listed(found):
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
@pytest.mark.parametrize(("top_k", "max_pairs"), [(1, 1000), (3, 20), (500, 10**6)])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_pairs_are_those_of_brute_force(function, top_k, max_pairs, chunk):
    rows = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
    limits = PairLimits(top_k=top_k, max_pairs=max_pairs, query_chunk_size=chunk, corpus_chunk_size=2 * chunk)

    found = nearest_pairs(rows, function, limits)

    pairs, scores = brute_force(rows, function, top_k, max_pairs)
    np.testing.assert_allclose(found.scores, [scores[pair] for pair in pairs], atol=1e-5)
    assert set(listed(found)) == set(pairs)


@settings(deadline=None, max_examples=150)
@given(
    function=st.sampled_from(FUNCTIONS),
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 14),
    top_k=st.integers(1, 6),
    max_pairs=st.integers(1, 60),
    chunk=st.integers(1, 6),
)
def test_equal_scores_equal_rows_and_zero_rows_are_no_exception(function, seed, rows, top_k, max_pairs, chunk):
    """Small whole numbers of one dimension: scores are exact, and many are equal."""
    values = np.random.default_rng(seed).integers(-1, 2, (rows, 1)).astype(np.float32)
    limits = PairLimits(top_k=top_k, max_pairs=max_pairs, query_chunk_size=chunk, corpus_chunk_size=chunk)

    found = nearest_pairs(values, function, limits)

    assert listed(found) == brute_force(values, function, top_k, max_pairs)[0]


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_parts_together_are_the_whole(function):
    rows = np.random.default_rng(1).standard_normal((50, 6)).astype(np.float32)
    limits = PairLimits(top_k=4, max_pairs=70)

    parts = [nearest_pairs(rows, function, limits, mine=range(start, start + 25)) for start in (0, 25)]

    assert listed(merge_pairs(parts, 70)) == listed(nearest_pairs(rows, function, limits))


def test_more_rows_than_a_tile_holds():
    rows = np.random.default_rng(2).standard_normal((2500, 4)).astype(np.float32)

    found = nearest_pairs(rows, cos_sim, PairLimits(top_k=2))

    pairs, scores = brute_force(rows, cos_sim, 2, 10**6)
    assert len(set(listed(found)) ^ set(pairs)) <= 4  # of what differs by a rounding error
    np.testing.assert_allclose(found.scores, [scores[pair] for pair in listed(found)], atol=1e-6)


@pytest.mark.parametrize("rows", [0, 1])
def test_fewer_than_two_rows_have_no_pairs(rows):
    assert len(nearest_pairs(np.ones((rows, 3), np.float32), cos_sim, PairLimits())) == 0


def test_nan_is_refused():
    rows = np.ones((5, 2), np.float32)
    rows[3, 0] = np.nan

    with pytest.raises(InputError, match="embeddings, row 3, holds NaN"):
        nearest_pairs(rows, cos_sim, PairLimits())


@pytest.mark.parametrize("function", FUNCTIONS[:4], ids=NAMES[:4])
def test_few_pairs_of_many_are_the_best_of_all(function, monkeypatch):
    """What cannot be among the best pairs any more is left out on the way."""
    monkeypatch.setattr("likewise.search.best_pairs._SETTLE_AT", 100)
    rows = np.random.default_rng(5).standard_normal((600, 8)).astype(np.float32)
    limits = {"top_k": 10, "query_chunk_size": 20, "corpus_chunk_size": 20}

    few = nearest_pairs(rows, function, PairLimits(max_pairs=150, **limits))

    every = nearest_pairs(rows, function, PairLimits(max_pairs=10**6, **limits))
    assert listed(few) == listed(every)[:150]
