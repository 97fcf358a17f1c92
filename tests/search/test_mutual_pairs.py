"""Pairs by fast scores first: those of brute force, to the bit, whatever the data and however rough the products."""

import numpy as np
import pytest
import torch

from likewise.search import mutual_pairs, paraphrase_mining_embeddings
from likewise.search.half_product import HalfProduct
from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan
from likewise.search.mutual_pairs import MutualSearch
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.torch_backend import TorchBackend

MEASURES = {"cosine": Cosine(), "dot": Dot(), "euclidean": Euclidean(), "manhattan": Manhattan()}
RANDOM = np.random.default_rng(0)
ROWS = 400


def clustered(spread):
    centres = RANDOM.normal(size=(15, 24))
    return (centres[RANDOM.integers(0, 15, ROWS)] + spread * RANDOM.normal(size=(ROWS, 24))).astype(np.float32)


DATA = {
    "random": RANDOM.normal(size=(ROWS, 24)).astype(np.float32),
    "clustered": clustered(0.3),
    "nearly equal": clustered(1e-4),
    "duplicates": RANDOM.permutation(np.repeat(RANDOM.normal(size=(8, 24)), 50, axis=0)).astype(np.float32),
    "all on one side": (RANDOM.normal(size=(ROWS, 24)) * 0.01 + 1).astype(np.float32),
    "lengths": (RANDOM.normal(size=(ROWS, 24)) * 10.0 ** RANDOM.integers(-6, 6, (ROWS, 1))).astype(np.float32),
    "with zeros": np.where(RANDOM.random((ROWS, 1)) < 0.2, 0, RANDOM.normal(size=(ROWS, 24))).astype(np.float32),
    "half": clustered(0.3).astype(np.float16),
}


def searched(rows, measure, top_k, max_pairs, block=150, rough=None, ops=None):
    scorer = MeasureScorer(measure, ops or NumpyBackend(), rough)
    return MutualSearch(rows, scorer, top_k=min(top_k, len(rows) - 1), max_pairs=max_pairs, block=block).best()


def listed(found):
    return list(zip(found.scores.tolist(), found.first.tolist(), found.second.tolist(), strict=True))


def all_scores(rows, measure):
    """From the lower row of each pair."""
    first, second = np.triu_indices(len(rows), 1)
    scores = np.full((len(rows), len(rows)), -np.inf, np.float32)
    found = MeasureScorer(measure, NumpyBackend()).score_pairs(rows, (first, second))
    scores[first, second] = scores[second, first] = found
    return scores


def brute_force(scores, top_k, max_pairs):
    """The k best of each row, equal ones by number."""
    total = len(scores)
    near = np.zeros((total, total), bool)
    np.put_along_axis(near, np.argsort(-scores, axis=1, kind="stable")[:, :top_k], True, 1)
    pairs = np.argwhere(np.triu(near | near.T, 1))
    values = scores[pairs[:, 0], pairs[:, 1]]
    best = np.argsort(-values, kind="stable")[:max_pairs]
    return list(zip(values[best].tolist(), *pairs[best].T.tolist(), strict=True))


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", MEASURES)
def test_pairs_are_those_of_brute_force_to_the_bit(data, name):
    rows = DATA[data] if name != "manhattan" else DATA[data][:150]
    scores = all_scores(rows, MEASURES[name])
    for top_k, max_pairs in ((1, 10**6), (5, 200), (40, 3000), (40, 10**6)):
        expected = brute_force(scores, top_k, max_pairs)
        for rough in (None, NumpyBackend(HalfProduct())):
            assert listed(searched(rows, MEASURES[name], top_k, max_pairs, rough=rough)) == expected


@pytest.mark.parametrize("block", [1, 7, 64, 399, 5000])
def test_the_size_of_blocks_changes_nothing(block):
    for data in ("clustered", "duplicates"):
        rows = DATA[data][: 25 * block + 15]
        found = searched(rows, Cosine(), 10, 500, block=block, rough=NumpyBackend(HalfProduct()))
        assert listed(found) == listed(searched(rows, Cosine(), 10, 500))


def test_equal_rows_are_listed_by_their_number():
    found = searched(np.ones((9, 2), np.float32), Cosine(), 3, 100, block=4)

    near = [[other for other in range(9) if other != row][:3] for row in range(9)]
    pairs = sorted({(min(row, other), max(row, other)) for row in range(9) for other in near[row]})
    assert [pair[1:] for pair in listed(found)] == pairs


def test_tensors_give_the_same():
    rows = DATA["clustered"]
    found = searched(torch.from_numpy(rows), Cosine(), 10, 500, ops=TorchBackend(torch.device("cpu")))

    assert listed(found) == listed(searched(rows, Cosine(), 10, 500))


def test_extremely_long_and_short_rows_take_the_exact_path():
    rows = np.float32([[1e-30, 0], [1e-30, 1e-30], [3e30, 0], [0, 3e30], [1, 1]])

    found = searched(rows, Cosine(), 2, 100, block=2)

    assert [pair[1:] for pair in listed(found)[:2]] == [(0, 2), (1, 4)]
    assert found.scores[2:6] == pytest.approx([0.5**0.5] * 4)


class Counting(NumpyBackend):
    def __init__(self):
        super().__init__()
        self.products, self.pairs = 0, 0

    def product(self, left, right):
        self.products += len(left) * len(right)
        return super().product(left, right)

    def exact_row_dots(self, left, right):
        self.pairs += len(left)
        return super().exact_row_dots(left, right)


def test_half_of_the_products_are_computed():
    """As many pairs of blocks as a triangle has, not a square."""
    counting = Counting()
    searched(RANDOM.normal(size=(1500, 4)).astype(np.float32), Dot(), 2, 10**6, block=50, ops=counting)

    assert counting.products < 0.55 * 1500**2


def test_hardly_more_pairs_than_are_asked_for_are_scored_exactly():
    rows, counting = RANDOM.normal(size=(4000, 8)).astype(np.float32), Counting()

    searched(rows, Dot(), 50, 2000, block=1000, ops=counting)

    assert counting.pairs < 3000


@pytest.mark.parametrize("guess", [-1e9, 0.9, 1e9])
def test_a_wrong_guess_of_the_floor_costs_time_and_nothing_else(guess, monkeypatch):
    rows = DATA["random"]
    expected = brute_force(all_scores(rows, Cosine()), 20, 700)
    monkeypatch.setattr(mutual_pairs.MutualSearch, "_probable_floor", lambda search, loaded: guess)

    assert listed(searched(rows, Cosine(), 20, 700)) == expected


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_the_floor_is_reached_by_enough_pairs_and_not_many_more(spread, monkeypatch):
    rows, floors = clustered(spread), []
    original = mutual_pairs.MutualSearch._probable_floor
    monkeypatch.setattr(
        mutual_pairs.MutualSearch, "_probable_floor", lambda *given: floors.append(original(*given)) or floors[-1]
    )

    found = searched(rows, Cosine(), 50, 2000)

    every = searched(rows, Cosine(), 50, 10**6)
    reach = (every.scores >= floors[0]).sum()
    assert floors[0] <= found.scores[-1]
    assert 2000 < reach < 4000


@pytest.mark.parametrize("seed", range(30))
def test_as_many_pairs_as_are_asked_for_reach_the_raised_floor(seed):
    """Whatever the limits, and even where the k largest lower limits are not those of the k nearest."""
    random = np.random.default_rng(seed)
    total, top_k, max_pairs = 40, int(random.integers(1, 6)), int(random.integers(1, 60))
    exact = np.triu(random.normal(size=(total, total)).astype(np.float32), 1)
    exact += exact.T
    np.fill_diagonal(exact, -np.inf)
    lows = exact - random.exponential(0.5, size=exact.shape).astype(np.float32)
    search = MutualSearch(None, None, top_k=top_k, max_pairs=max_pairs, block=1)

    floor = search._raised(-np.inf, list(np.sort(lows, axis=1)[:, -top_k:]))

    near = exact >= np.sort(exact, axis=1)[:, -top_k, None]
    eligible = np.triu(near | near.T, 1)
    assert floor == -np.inf or (exact[eligible] >= floor).sum() >= max_pairs
    assert floor > -np.inf or total * top_k < 2 * max_pairs


def test_memory_is_in_the_order_of_the_neighbours_that_are_looked_at():
    """Without a floor, and with rows that are near to many others."""
    rows, top_k = np.repeat(RANDOM.normal(size=(40, 4)), 100, axis=0).astype(np.float32), 10

    search = MutualSearch(rows, MeasureScorer(Cosine(), NumpyBackend()), top_k=top_k, max_pairs=10**6, block=200)
    lists = search._meet(mutual_pairs._Loaded(search), -np.inf)

    assert max(len(each._ids) for each in lists) <= 2 * top_k * 200
    assert sum(len(part.queries) for each in lists for part in each._waiting) <= top_k * len(rows) / 2


def test_mining_takes_rough_products_for_much_work(monkeypatch):
    half, calls = HalfProduct(), []

    class Called:
        error = half.error

        def __call__(self, left, right, out):
            calls.append(len(left))
            return half(left, right, out)

    monkeypatch.setattr("likewise.search.scorer_choice.half_product_for", lambda counts, dim: Called())
    found = paraphrase_mining_embeddings(DATA["clustered"], max_pairs=500, top_k=20)
    assert calls

    monkeypatch.setattr("likewise.search.scorer_choice.half_product_for", lambda counts, dim: None)
    assert found == paraphrase_mining_embeddings(DATA["clustered"], max_pairs=500, top_k=20)
