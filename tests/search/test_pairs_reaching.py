import numpy as np
import pytest
import torch

from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.pairs_reaching import pairs_reaching, scores_between
from likewise.search.scorer import load_block
from likewise.search.torch_backend import TorchBackend

BACKENDS = [NumpyBackend, lambda: TorchBackend(torch.device("cpu"))]


def places(measure, ops, left, right, threshold):
    blocks = (load_block(ops, side, 0, len(side), "embeddings") for side in (left, right))
    rows, columns = pairs_reaching(measure, ops, *blocks, threshold)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def naive_cosine(left, right):
    left, right = left.astype(np.float64), right.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    return np.divide(left @ right.T, lengths, out=np.zeros(lengths.shape), where=lengths > 0).astype(np.float32)


@pytest.mark.parametrize("backend", BACKENDS, ids=["numpy", "torch"])
@pytest.mark.parametrize("threshold", [-2.0, -0.1, 0.0, 0.3, 1.0, 1.5])
def test_what_reaches_a_cosine_is_found(backend, threshold):
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((40, 5)).astype(np.float32), rng.standard_normal((30, 5)).astype(np.float32)
    left[3], right[4], right[5] = 0, 0, left[7]
    expected = np.argwhere(naive_cosine(left, right) >= np.float32(threshold)).tolist()

    assert places(Cosine(), backend(), left, right, threshold) == [tuple(pair) for pair in expected]


@pytest.mark.parametrize("measure", [Dot(), Euclidean(), Manhattan()])
def test_other_similarities_serve_as_well(measure):
    rng = np.random.default_rng(1)
    rows, ops = rng.standard_normal((30, 4)), NumpyBackend()
    block = load_block(ops, rows, 0, 30, "embeddings")
    expected = np.argwhere(scores_between(measure, ops, block, block) >= np.float32(-1.0)).tolist()

    assert places(measure, ops, rows, rows, -1.0) == [tuple(pair) for pair in expected]


def test_a_threshold_between_two_neighbouring_floats_is_kept():
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((60, 64)).astype(np.float32)
    scores = naive_cosine(rows, rows)
    exactly = scores[3, 11]

    above = float(np.nextafter(exactly, np.float32(2)))

    assert (3, 11) in places(Cosine(), NumpyBackend(), rows, rows, float(exactly))
    assert (3, 11) not in places(Cosine(), NumpyBackend(), rows, rows, above)


def test_many_equal_rows_all_reach_one():
    rows = np.tile(np.float32([[0.1, 0.7, 0.3]]), (100, 1))

    assert len(places(Cosine(), NumpyBackend(), rows, rows * 3, 1.0)) == 10_000


def test_very_long_and_very_short_rows_are_compared():
    rows = np.array([[1e30, 0], [1e-30, 0], [0, 1e-30]], np.float32)

    assert places(Cosine(), NumpyBackend(), rows, rows, 0.5) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]
