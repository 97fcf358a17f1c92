import numpy as np
import pytest

from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer
from likewise.search.shortlist import Portion, Shortlist
from likewise.search.top_k import RunningTopK

MEASURES = [Cosine(), Dot(), Euclidean(), Manhattan()]


def by_name(measure):
    return type(measure).__name__


def naive(queries, documents, top_k, measure):
    """Pair by pair in float64, rounded to float32, sorted stably."""
    ops = NumpyBackend()
    block = MeasureScorer(measure, ops).load(queries, 0, len(queries), "q")
    prepared = measure.prepared(ops, block.matrix)
    wide = documents.astype(np.float64)
    scores = np.stack([measure.pairs(ops, np.tile(row, (len(wide), 1)), wide) for row in prepared]).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    return order.tolist(), np.take_along_axis(scores, order, 1).tolist()


class Counted(NumpyBackend):
    """Counts the pairs that are scored exactly, and can make the products err by as much as the bound allows."""

    def __init__(self, error=None):
        super().__init__()
        self.pairs, self.error = 0, error

    def exact_row_dots(self, left, right):
        self.pairs += len(left)
        return super().exact_row_dots(left, right)

    def product(self, left, right):
        scores = super().product(left, right)
        return scores if self.error is None else scores + self.error(left, right)


def found(queries, documents, measure, top_k, *, step, portions=None, ops=None):
    scorer = MeasureScorer(measure, ops or NumpyBackend())
    block, kept = scorer.load(queries, 0, len(queries), "q"), RunningTopK(len(queries), top_k)
    start = 0
    for size in portions or [len(documents)]:
        rows = documents[start : start + size]
        shortlist = Shortlist(scorer, block, Portion(rows, start, "d"), kept)
        for first in range(0, size, step):
            shortlist.add(scorer.load(rows, first, min(first + step, size), "d"), first)
        shortlist.finish()
        start += size
    return kept.ids.tolist(), kept.scores.tolist()


def random_rows(count, dim, seed):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


def near_ties():
    """Documents of which half differ by less than a float32 product errs, some of them not at all."""
    documents = random_rows(2000, 96, 0)
    documents[::2] = documents[0] + random_rows(1000, 96, 1) * np.float32(2e-7)
    documents[1000::100] = documents[500]
    return documents[0] + random_rows(12, 96, 2) * np.float32(0.3), documents


@pytest.mark.parametrize("measure", MEASURES, ids=by_name)
@pytest.mark.parametrize("portions", [[2000], [700, 1, 1299]], ids=str)
@pytest.mark.parametrize("top_k", [1, 10])
def test_documents_that_tie_within_the_rounding_are_ranked_exactly(measure, portions, top_k):
    queries, documents = near_ties()

    for step in (64, 2000):
        ours = found(queries, documents, measure, top_k, step=step, portions=portions)
        assert ours == naive(queries, documents, top_k, measure)


@pytest.mark.parametrize("sign", [-1, 1])
def test_products_that_err_by_almost_the_bound_change_nothing(sign):
    """Each fast score is moved against the order of the exact ones: what is worse looks better."""
    direction = random_rows(1, 64, 3)[0]
    direction /= np.linalg.norm(direction)
    documents = direction + random_rows(1500, 64, 4) * np.float32(1e-6)
    queries = direction[None] * np.float32([[1], [3]])
    bound = (2 * 64 + 16) * 2.0**-24

    def error(left, right):
        exact = left.astype(np.float64) @ right.T.astype(np.float64)
        ranks = exact.argsort(1).argsort(1) / exact.shape[1]
        lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None]
        return (sign * 0.9 * bound * (1 - 2 * ranks) * lengths).astype(np.float32)

    ours = found(queries, documents, Dot(), 5, step=128, ops=Counted(error))

    assert ours == naive(queries, documents, 5, Dot())


@pytest.mark.parametrize("measure", MEASURES, ids=by_name)
@pytest.mark.parametrize("kind", ["equal", "ascending", "zero", "one long", "one extremely long"])
def test_documents_of_every_kind(measure, kind):
    queries, documents = random_rows(6, 16, 0), random_rows(900, 16, 1)
    if kind == "equal":
        documents[:] = documents[0]
    elif kind == "ascending":
        documents = np.sort(documents, 0)
    elif kind == "zero":
        documents[::3], queries[::2] = 0, 0
    else:
        documents[400] *= 1e6 if kind == "one long" else 1e16

    assert found(queries, documents, measure, 7, step=100) == naive(queries, documents, 7, measure)


def test_hardly_more_pairs_are_scored_exactly_than_are_kept():
    queries, documents, ops = random_rows(50, 64, 0), random_rows(20_000, 64, 1), Counted()

    ids, _ = found(queries, documents, Dot(), 20, step=1024, ops=ops)

    assert len(ids) == 50
    assert ops.pairs <= 1.05 * 50 * 20


def test_a_list_stays_short_when_all_documents_are_equal():
    rows = np.ones((5000, 4), np.float32)
    scorer, kept = MeasureScorer(Dot(), NumpyBackend()), RunningTopK(3, 10)
    shortlist = Shortlist(scorer, scorer.load(rows, 0, 3, "q"), Portion(rows, 0, "d"), kept)

    for first in range(0, 5000, 50):
        shortlist.add(scorer.load(rows, first, first + 50, "d"), first)
        assert len(shortlist) <= 3 * (4 * 10 + 64) + 3 * 50

    shortlist.finish()
    assert len(shortlist) == 0
    assert kept.ids.tolist() == [list(range(10))] * 3
