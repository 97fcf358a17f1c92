import sys
from types import SimpleNamespace

import numpy as np
import pytest

from likewise.errors import MissingDependencyError
from likewise.mining.faiss_candidates import faiss_nearest


class FlatIndex:
    """What of FAISS is used, in numpy."""

    def __init__(self, dim):
        self.rows, self.calls = np.empty((0, dim), np.float32), []

    def add(self, rows):
        assert rows.dtype == np.float32
        assert rows.flags.c_contiguous
        self.rows = np.concatenate([self.rows, rows])

    def search(self, queries, number):
        self.calls.append(len(queries))
        scores = queries @ self.rows.T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :number]
        missing = ((0, 0), (0, number - order.shape[1]))
        found = np.take_along_axis(scores, order, 1)
        return np.pad(found, missing, constant_values=-3e38), np.pad(order, missing, constant_values=-1)


def test_anchors_are_searched_for_in_batches(monkeypatch):
    made = []
    fake = SimpleNamespace(IndexFlatIP=lambda dim: made.append(FlatIndex(dim)) or made[-1], get_num_gpus=lambda: 0)
    monkeypatch.setitem(sys.modules, "faiss", fake)
    rows = np.random.default_rng(0).standard_normal((5, 3))

    ids, scores = faiss_nearest(rows.astype(np.float16), batch_size=2)(rows, 6)

    assert made[0].calls == [2, 2, 1]
    assert ids[:, 0].tolist() == np.argmax(rows @ rows.T, axis=1).tolist()
    assert (ids[:, 5] == -1).all()
    assert np.isneginf(scores[:, 5]).all()


def test_a_real_index_gives_the_same_as_the_exact_search():
    pytest.importorskip("faiss")
    from likewise.mining.candidates import exact_nearest
    from likewise.search.measure import Dot

    rows = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)

    ids, scores = faiss_nearest(rows, 16)(rows[:9], 5)

    expected = exact_nearest(rows, Dot(), 9)(rows[:9], 5)
    np.testing.assert_array_equal(ids, expected[0])
    np.testing.assert_allclose(scores, expected[1], atol=1e-5)


def test_without_faiss_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)

    with pytest.raises(MissingDependencyError, match="'faiss'"):
        faiss_nearest(np.eye(2), 16)
