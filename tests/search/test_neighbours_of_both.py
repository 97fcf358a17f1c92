import numpy as np
import pytest
import torch

from likewise.errors import InputError
from likewise.search.measure import Cosine, Euclidean
from likewise.search.neighbours_of_both import neighbours_of_both
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.torch_backend import TorchBackend

NAMES = ("left", "right")


def sets(seed=0, sizes=(37, 50)):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((size, 5)).astype(np.float32) for size in sizes]


def naive(left, right, top_k):
    unit = [
        side.astype(np.float64) / np.linalg.norm(side.astype(np.float64), axis=1)[:, None] for side in (left, right)
    ]
    scores = (unit[0] @ unit[1].T).astype(np.float32)
    return [np.argsort(-each, axis=1, kind="stable")[:, :top_k].tolist() for each in (scores, scores.T)]


@pytest.mark.parametrize("block", [1, 8, 50, 1000])
@pytest.mark.parametrize("top_k", [1, 4, 100])
@pytest.mark.parametrize("backend", [NumpyBackend, lambda: TorchBackend(torch.device("cpu"))], ids=["numpy", "torch"])
def test_neighbours_are_those_of_all_pairs(block, top_k, backend):
    left, right = sets()
    sides = (left, right) if backend is NumpyBackend else (torch.from_numpy(left), torch.from_numpy(right))

    found = neighbours_of_both(*sides, MeasureScorer(Cosine(), backend()), top_k=top_k, block=block, names=NAMES)

    assert [side.ids.tolist() for side in found] == naive(left, right, top_k)


def test_equal_rows_come_in_order_with_equal_scores():
    left, right = (np.repeat(side, 3, axis=0) for side in sets(1, (4, 5)))

    found = neighbours_of_both(left, right, MeasureScorer(Cosine(), NumpyBackend()), top_k=6, block=4, names=NAMES)

    assert [side.ids.tolist() for side in found] == naive(left, right, 6)
    assert (found[0].scores[:, 0] == found[0].scores[:, 2]).all()


def test_scores_are_those_of_the_measure():
    left, right = sets(2)

    found, _ = neighbours_of_both(
        left, right, MeasureScorer(Euclidean(), NumpyBackend()), top_k=1, block=9, names=NAMES
    )

    expected = -np.linalg.norm(left[:, None] - right[None], axis=2).min(1)
    np.testing.assert_allclose(found.scores[:, 0], expected, rtol=1e-6)


def test_a_row_that_cannot_be_ranked_is_named():
    left, right = sets(3)
    right[8, 0] = np.inf

    with pytest.raises(InputError, match="right, row 8, holds infinity"):
        neighbours_of_both(left, right, MeasureScorer(Cosine(), NumpyBackend()), top_k=1, block=4, names=NAMES)
