import numpy as np
import pytest
import torch

from likewise.ops import similarity
from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan
from likewise.search.mutual_neighbours import mutual_neighbours
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.torch_backend import TorchBackend

MEASURES = {
    "cos_sim": Cosine(),
    "dot_score": Dot(),
    "euclidean_sim": Euclidean(),
    "manhattan_sim": Manhattan(),
}


def together(rows, measure, top_k, block, ops=None):
    found = list(mutual_neighbours(rows, MeasureScorer(measure, ops or NumpyBackend()), top_k=top_k, block=block))
    assert [first for first, _, _ in found] == list(range(0, len(rows), block))
    return np.concatenate([ids for _, ids, _ in found]), np.concatenate([scores for _, _, scores in found])


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("block", [1, 7, 64, 300])
@pytest.mark.parametrize("top_k", [1, 10, 79])
def test_neighbours_are_those_of_brute_force(name, block, top_k):
    rows = np.random.default_rng(0).standard_normal((80, 12)).astype(np.float32)
    rows[5] = 0

    ids, scores = together(rows, MEASURES[name], top_k, block)

    exact = getattr(similarity, name)(rows, rows).numpy()
    np.fill_diagonal(exact, -np.inf)
    np.testing.assert_allclose(scores, -np.sort(-exact, axis=1)[:, :top_k], atol=1e-5)
    np.testing.assert_allclose(scores, np.take_along_axis(exact, ids, 1), atol=1e-5)
    assert (ids != np.arange(80)[:, None]).all()


@pytest.mark.parametrize("name", MEASURES)
def test_the_size_of_blocks_changes_nothing(name):
    rows = np.random.default_rng(1).standard_normal((500, 8)).astype(np.float32)
    whole = together(rows, MEASURES[name], 6, 500)

    for block in (30, 100, 499):
        ids, scores = together(rows, MEASURES[name], 6, block)
        assert ids.tolist() == whole[0].tolist()
        np.testing.assert_allclose(scores, whole[1], rtol=1e-6)


def test_equal_rows_are_listed_by_their_number():
    ids, _ = together(np.ones((9, 2), np.float32), Cosine(), 3, 4)

    assert ids.tolist() == [[other for other in range(9) if other != row][:3] for row in range(9)]


def test_tensors_give_the_same():
    rows = np.random.default_rng(2).standard_normal((90, 8)).astype(np.float32)

    ids, scores = together(torch.from_numpy(rows), Cosine(), 4, 16, TorchBackend(torch.device("cpu")))

    expected = together(rows, Cosine(), 4, 16)
    assert ids.tolist() == expected[0].tolist()
    np.testing.assert_allclose(scores, expected[1], rtol=1e-6)


def test_extremely_long_and_short_rows_take_the_exact_path():
    rows = np.float32([[1e-30, 0], [1e-30, 1e-30], [3e30, 0], [0, 3e30], [1, 1]])

    ids, scores = together(rows, Cosine(), 2, 2)

    assert ids[0].tolist() == [2, 1]
    assert scores[0] == pytest.approx([1, 0.5**0.5])


def test_half_of_the_products_are_computed():
    """As many pairs of blocks as a triangle has, not a square."""
    products = []

    class Counting(NumpyBackend):
        def product(self, left, right):
            products.append(len(left) * len(right))
            return super().product(left, right)

    rows = np.random.default_rng(3).standard_normal((4000, 4)).astype(np.float32)
    together(rows, Dot(), 2, 100, Counting())

    assert sum(products) < 0.55 * 4000**2


def test_neighbours_below_the_floor_may_be_left_out_and_no_others():
    rows = np.random.default_rng(4).standard_normal((1200, 8)).astype(np.float32)
    scorer = MeasureScorer(Cosine(), NumpyBackend())
    ids, scores = together(rows, Cosine(), 50, 300)

    found = list(mutual_neighbours(rows, scorer, top_k=50, block=300, floor=lambda: 0.8))

    some = np.concatenate([part for _, part, _ in found])
    some_scores = np.concatenate([part for _, _, part in found])
    high = scores >= 0.8
    assert (some[high] == ids[high]).all()
    np.testing.assert_allclose(some_scores[high], scores[high], rtol=1e-6)
    assert (some[~high] != ids[~high]).any()
