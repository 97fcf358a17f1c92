import numpy as np
import pytest
import torch

from likewise.errors import InputError, ShapeError
from likewise.search.measure import Cosine, Dot
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


def test_above_finds_what_exceeds_the_threshold_and_no_more():
    scorer = MeasureScorer(Dot(), NumpyBackend())
    queries, documents = load([[1.0, 0.0]]), load([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])

    found = scorer.above(queries, documents, np.float32([2.0]), top_k=2)

    assert (found.documents.tolist(), found.scores.tolist()) == ([2], [3.0])


def test_a_crowd_of_candidates_is_cut_to_the_best():
    scorer = MeasureScorer(Dot(), NumpyBackend())
    documents = load(np.arange(1.0, 101.0)[:, None])

    found = scorer.above(load([[1.0]]), documents, np.float32([0.0]), top_k=3)

    assert found.documents.tolist() == [97, 98, 99]


def test_extremely_short_rows_take_the_exact_path():
    """In float32 all products of these are zero."""
    scorer = MeasureScorer(Cosine(), NumpyBackend())
    documents = load(np.float32([[1e-30, 0], [1e-30, 1e-30], [0, 1e-30]]))

    found = scorer.above(load(np.float32([[1e-30, 0]])), documents, np.float32([0.5]), top_k=2)

    assert found.documents.tolist()[:2] == [0, 1]
    assert found.scores[:2] == pytest.approx([1, 0.5**0.5])


def test_a_score_beyond_float32_is_refused():
    scorer = MeasureScorer(Dot(), NumpyBackend())
    rows = load(np.float32([[1e30]]))

    with pytest.raises(InputError, match=r"a score is NaN or infinite.*normalize_embeddings"):
        scorer.best(rows, rows, 1)


def torch_block(values):
    ops = TorchBackend(torch.device("cpu"))
    return load_block(ops, torch.tensor(values), 0, len(values), "q"), ops


def test_a_function_may_return_an_array():
    block, ops = torch_block([[1.0], [2.0]])
    scorer = FunctionScorer(lambda q, d: (q @ d.T).numpy().astype(np.float64), ops)

    found = scorer.best(block, block, 1)

    assert (found.documents.tolist(), found.scores.tolist()) == ([1, 1], [2, 4])


def test_a_function_that_returns_nan_is_refused():
    block, ops = torch_block([[1.0], [2.0]])

    with pytest.raises(InputError, match=r"a score is NaN or infinite.*score_function"):
        FunctionScorer(lambda q, d: q @ d.T * float("nan"), ops).best(block, block, 1)


def test_a_function_that_returns_the_wrong_shape_is_refused():
    block, ops = torch_block([[1.0], [2.0]])

    with pytest.raises(ShapeError, match=r"shape \(2,\).*\(2, 2\).*cos_sim"):
        FunctionScorer(lambda q, d: (q * d).sum(-1), ops).best(block, block, 1)
