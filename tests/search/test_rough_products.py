"""Rough products first: the same results, whatever the data."""

import numpy as np
import pytest

from likewise.ops.similarity import cos_sim, dot_score, euclidean_sim, manhattan_sim
from likewise.search import exact, scorer, semantic_search
from likewise.search.half_product import HalfProduct
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.scorer_choice import measure_of

RANDOM = np.random.default_rng(0)


def clustered(rows, dim, spread):
    centres = RANDOM.normal(size=(max(1, rows // 60), dim))
    return (centres[RANDOM.integers(0, len(centres), rows)] + spread * RANDOM.normal(size=(rows, dim))).astype(
        np.float32
    )


CORPORA = {
    "random": RANDOM.normal(size=(3000, 48)).astype(np.float32),
    "clustered": clustered(3000, 48, 0.3),
    "nearly equal": clustered(3000, 48, 1e-4),
    "duplicates": np.repeat(RANDOM.normal(size=(60, 48)), 50, axis=0).astype(np.float32),
    "all on one side": (RANDOM.normal(size=(3000, 48)) * 0.01 + 1).astype(np.float32),
    "lengths": (RANDOM.normal(size=(3000, 48)) * 10.0 ** RANDOM.integers(-6, 6, size=(3000, 1))).astype(np.float32),
    "with zeros": np.where(RANDOM.random((3000, 1)) < 0.2, 0, RANDOM.normal(size=(3000, 48))).astype(np.float32),
    "two rows": RANDOM.normal(size=(2, 48)).astype(np.float32),
}


def search(corpus, queries, function, rough, top_k):
    scores = MeasureScorer(measure_of(function), NumpyBackend(), rough)
    tile = exact.TileSize(queries=64, documents=256)
    names = ("queries", "corpus")
    return exact.search(queries, corpus, scores, top_k=min(top_k, len(corpus)), tile=tile, names=names), scores


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
@pytest.mark.parametrize("function", [cos_sim, dot_score, euclidean_sim, manhattan_sim])
@pytest.mark.parametrize("top_k", [1, 10])
def test_results_are_the_same_to_the_bit(corpus, function, top_k):
    queries = np.concatenate([corpus[:20], RANDOM.normal(size=(100, 48)).astype(np.float32)])
    (ids, scores), _ = search(corpus, queries, function, NumpyBackend(HalfProduct()), top_k)
    (expected_ids, expected_scores), _ = search(corpus, queries, function, None, top_k)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(scores, expected_scores)


class Counting:
    def __init__(self):
        self.calls, self.product = 0, HalfProduct()
        self.error = self.product.error

    def __call__(self, left, right, out):
        self.calls += 1
        return self.product(left, right, out)


def test_are_used_where_they_tell_documents_apart():
    counting = Counting()
    _, scores = search(CORPORA["random"], CORPORA["random"][:64], cos_sim, NumpyBackend(counting), 10)
    assert counting.calls > 5
    assert scores._rough is not None


def test_are_given_up_where_they_do_not():
    counting = Counting()
    _, scores = search(CORPORA["all on one side"], CORPORA["all on one side"][:64], cos_sim, NumpyBackend(counting), 10)
    assert counting.calls == scorer._PATIENCE
    assert scores._rough is None


def test_semantic_search_takes_them_for_much_work(monkeypatch):
    counting = Counting()
    monkeypatch.setattr("likewise.search.scorer_choice.half_product_for", lambda counts, dim: counting)
    corpus, queries = CORPORA["random"], CORPORA["random"][:100] + 0.1
    hits = semantic_search(queries, corpus)
    assert counting.calls > 0
    monkeypatch.setattr("likewise.search.scorer_choice.half_product_for", lambda counts, dim: None)
    assert hits == semantic_search(queries, corpus)
