import numpy as np
import pytest
import torch

from likewise.errors import InputError, ShapeError
from likewise.search.measure import Cosine, Dot, Euclidean
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import FunctionScorer, MeasureScorer, load_block
from likewise.search.torch_backend import TorchBackend


def load(values):
    return load_block(NumpyBackend(), np.asarray(values), 0, len(values), "corpus")


def test_lengths_are_right_from_the_shortest_to_the_longest_row():
    rows = np.float32([[3e30, 4e30], [3e-30, 4e-30], [3, 4], [0, 0]])

    np.testing.assert_allclose(load(rows).norms, [5e30, 5e-30, 5, 0], rtol=1e-6)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity"), (1e300, "beyond float32")])
def test_a_row_that_is_not_finite_is_named(value, word):
    rows = np.ones((5, 3))
    rows[3, 1] = value

    with pytest.raises(InputError, match=rf"corpus, row 3, holds .*{word}"):
        load_block(NumpyBackend(), rows, 2, 5, "corpus")


def test_extremely_short_rows_take_the_exact_path():
    """In float32 all products of these are zero."""
    scorer = MeasureScorer(Cosine(), NumpyBackend())
    documents = load(np.float32([[1e-30, 0], [1e-30, 1e-30], [0, 1e-30]]))

    query = load(np.float32([[1e-30, 0]]))

    assert scorer.guess(query, documents, np.array([0.5]), top_k=2) is None
    assert scorer.guess_mutually(query, documents, [np.float32([0.5])], 2, roughly=True) is None
    found = scorer.best(query, documents, top_k=2)
    assert found.documents.tolist() == [0, 1]
    assert found.scores == pytest.approx([1, 0.5**0.5])


def test_a_score_beyond_float32_is_refused():
    scorer = MeasureScorer(Dot(), NumpyBackend())
    rows = load(np.float32([[1e30]]))

    with pytest.raises(InputError, match=r"a score is NaN or infinite.*normalize_embeddings"):
        scorer.best(rows, rows, 1)


def torch_block(values):
    ops = TorchBackend(torch.device("cpu"))
    return load_block(ops, torch.tensor(values), 0, len(values), "q"), ops


def test_above_finds_what_exceeds_the_threshold_and_no_more():
    queries, ops = torch_block([[1.0, 0.0]])
    documents, _ = torch_block([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])

    found = FunctionScorer(lambda q, d: q @ d.T, ops).above(queries, documents, np.float32([2.0]), top_k=2)

    assert (found.documents.tolist(), found.scores.tolist()) == ([2], [3.0])


def test_a_crowd_of_candidates_is_cut_to_the_best():
    query, ops = torch_block([[1.0]])
    documents, _ = torch_block([[float(value)] for value in range(1, 101)])

    found = FunctionScorer(lambda q, d: q @ d.T, ops).above(query, documents, np.float32([0.0]), top_k=3)

    assert found.documents.tolist() == [97, 98, 99]


def test_a_function_may_return_an_array():
    block, ops = torch_block([[1.0], [2.0]])
    scorer = FunctionScorer(lambda q, d: (q @ d.T).numpy().astype(np.float64), ops)

    found = scorer.above(block, block, np.float32([1.5, 3]), 1)

    assert (found.documents.tolist(), found.scores.tolist()) == ([1, 1], [2, 4])


def test_a_function_that_returns_nan_is_refused():
    block, ops = torch_block([[1.0], [2.0]])

    with pytest.raises(InputError, match=r"a score is NaN or infinite.*score_function"):
        FunctionScorer(lambda q, d: q @ d.T * float("nan"), ops).above(block, block, np.zeros(2, np.float32), 1)


def test_a_function_that_returns_the_wrong_shape_is_refused():
    block, ops = torch_block([[1.0], [2.0]])

    with pytest.raises(ShapeError, match=r"shape \(2,\).*\(2, 2\).*cos_sim"):
        FunctionScorer(lambda q, d: (q * d).sum(-1), ops).above(block, block, np.zeros(2, np.float32), 1)


def test_the_best_of_both_sides_are_scored_from_the_left():
    scorer = MeasureScorer(Dot(), NumpyBackend())
    left, right = load([[1.0], [3.0]]), load([[2.0], [1.0], [5.0]])
    thresholds = np.float32([2.0, 0.0]), np.float32([6.0, -1.0, -1.0])

    for_left, for_right = scorer.best_mutually(left, right, thresholds, top_k=2)

    found = [(side.queries.tolist(), side.documents.tolist(), side.scores.tolist()) for side in (for_left, for_right)]
    assert found[0] == ([0, 1, 1], [2, 0, 2], [5, 6, 15])
    assert found[1] == ([1, 1, 2, 2], [0, 1, 0, 1], [1, 3, 5, 15])


def test_guesses_for_both_sides_have_limits_of_their_scores():
    scorer = MeasureScorer(Euclidean(), NumpyBackend())
    left, right = load([[0.0, 0.0], [3.0, 4.0]]), load([[0.0, 0.0], [3.0, 0.0]])
    lows = np.float32([-3.5, -4.5]), np.float32([-1.0, -10.0])

    for_left, for_right = scorer.guess_mutually(left, right, lows, 1, roughly=True)

    assert (for_left.queries.tolist(), for_left.documents.tolist()) == ([0, 0, 1], [0, 1, 1])
    assert (for_right.queries.tolist(), for_right.documents.tolist()) == ([0, 1, 1], [0, 0, 1])
    exact = np.float32([0, -3, -4])
    assert (for_left.lows < exact).all()
    assert (for_left.highs >= exact).all()
    assert for_left.lows[1:] == pytest.approx(exact[1:], rel=1e-4)


def test_pairs_of_one_set_are_scored_as_they_are_in_a_tile():
    rows = np.random.default_rng(0).normal(size=(2000, 200)).astype(np.float32)
    scorer, block = MeasureScorer(Cosine(), NumpyBackend()), load(rows)
    first, second = np.sort(np.random.default_rng(1).integers(0, 2000, 3000)), np.arange(3000) % 2000

    scores = scorer.score_pairs(rows, (first, second))

    assert scores.tolist() == scorer.scores_of(block, rows, (first, second), "rows").tolist()
    assert scorer.score_pairs(rows, (first[:0], second[:0])).tolist() == []
