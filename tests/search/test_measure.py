import numpy as np
import pytest
import torch

from likewise.ops import similarity
from likewise.search.measure import Cosine, Dot, Euclidean, Manhattan
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import load_block
from likewise.search.torch_backend import TorchBackend

MEASURES = {
    "cos_sim": Cosine(),
    "dot_score": Dot(),
    "euclidean_sim": Euclidean(),
    "manhattan_sim": Manhattan(),
}


@pytest.fixture(params=["numpy", "torch"])
def ops(request):
    return NumpyBackend() if request.param == "numpy" else TorchBackend(torch.device("cpu"))


def blocks(ops, queries, documents):
    return load_block(ops, queries, 0, len(queries), "q"), load_block(ops, documents, 0, len(documents), "d")


def rows(count, dim, seed, scale=1.0):
    return (np.random.default_rng(seed).standard_normal((count, dim)) * scale).astype(np.float32)


@pytest.mark.parametrize("name", MEASURES)
def test_dense_scores_equal_the_similarity_function(ops, name):
    queries, documents = rows(4, 12, 0), rows(9, 12, 1)

    scores = ops.host(MEASURES[name].dense(ops, *blocks(ops, queries, documents)))

    expected = getattr(similarity, name)(queries, documents).numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_pair_scores_equal_the_definition_in_float64(ops, name):
    queries, documents = rows(5, 12, 0), rows(5, 12, 1)
    left, right = blocks(ops, queries, documents)

    scores = MEASURES[name].pairs(ops, MEASURES[name].prepared(ops, left.matrix), ops.wide(right.matrix))

    wide_q, wide_d = queries.astype(np.float64), documents.astype(np.float64)
    expected = {
        "dot_score": (wide_q * wide_d).sum(1),
        "cos_sim": (wide_q * wide_d).sum(1) / np.linalg.norm(wide_q, axis=1) / np.linalg.norm(wide_d, axis=1),
        "euclidean_sim": -np.linalg.norm(wide_q - wide_d, axis=1),
        "manhattan_sim": -np.abs(wide_q - wide_d).sum(1),
    }[name]
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("queries", [2, 40], ids=["few queries", "many queries"])
@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0], ids=str)
def test_every_document_above_the_threshold_reaches_the_floor(ops, name, queries, scale):
    """What the fast scores leave out must not be among the best: else the search would not be exact."""
    measure, pair = MEASURES[name], blocks(ops, rows(queries, 96, 0, scale), rows(200, 96, 1, scale))
    exact = ops.host(measure.dense(ops, *pair)).astype(np.float32)

    for place in (0, 50, 198):
        thresholds = np.sort(exact, axis=1)[:, place]
        floors = measure.levels(pair[0], thresholds) - measure.errors(ops, *pair)
        fast = ops.host(measure.fast(ops, *pair))

        assert (
            fast[exact > thresholds[:, None]]
            >= np.broadcast_to(floors[:, None], exact.shape)[exact > thresholds[:, None]]
        ).all()


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("queries", [2, 40], ids=["few queries", "many queries"])
def test_documents_that_nearly_tie_reach_the_floor(ops, name, queries):
    """Their scores differ by no more than the rounding error of the fast scores."""
    measure, row = MEASURES[name], rows(1, 96, 2)
    pair = blocks(ops, rows(queries, 96, 0) + row, row + rows(300, 96, 1, 3e-7))
    exact = ops.host(measure.dense(ops, *pair)).astype(np.float32)
    thresholds = np.sort(exact, axis=1)[:, 150]

    floors = measure.levels(pair[0], thresholds) - measure.errors(ops, *pair)

    above = exact > thresholds[:, None]
    assert (ops.host(measure.fast(ops, *pair)) >= floors[:, None])[above].all()


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0], ids=str)
@pytest.mark.parametrize("noise", [1.0, 3e-7], ids=["apart", "nearly equal"])
def test_mutual_values_are_as_near_the_level_of_the_exact_scores_as_is_said_of_either_side(ops, name, scale, noise):
    measure, row = MEASURES[name], rows(1, 96, 2, scale)
    pair = blocks(ops, rows(40, 96, 0, scale * noise) + row, rows(50, 96, 1, scale * noise) + row)
    exact = ops.host(measure.dense(ops, *pair)).astype(np.float32)
    mutual = ops.host(measure.mutual(ops, *pair)).copy()

    levels = measure.mutual_levels(exact)
    assert (np.abs(mutual - levels) <= measure.mutual_errors(ops, *pair)[:, None]).all()
    assert (np.abs(mutual - levels) <= measure.mutual_errors(ops, *pair[::-1])[None, :]).all()
    assert (np.argsort(levels, axis=None) == np.argsort(exact, axis=None)).all()
    np.testing.assert_allclose(measure.mutual_scores(levels), exact, rtol=1e-12)


@pytest.mark.parametrize("name", MEASURES)
def test_mutual_values_leave_out_what_is_far_from_the_threshold(ops, name):
    """Else every pair would be scored twice."""
    measure, pair = MEASURES[name], blocks(ops, rows(40, 96, 0), rows(50, 96, 1))
    exact = ops.host(measure.dense(ops, *pair)).astype(np.float32)
    thresholds = np.sort(exact, axis=1)[:, -5]

    floors = measure.mutual_levels(thresholds) - measure.mutual_errors(ops, *pair)
    reach = ops.host(measure.mutual(ops, *pair)) >= floors[:, None]

    assert reach.sum() < 1.3 * (exact >= thresholds[:, None]).sum()


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("queries", [2, 40], ids=["few queries", "many queries"])
@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0], ids=str)
def test_fast_scores_are_as_near_the_level_of_the_exact_ones_as_is_said(ops, name, queries, scale):
    measure, pair = MEASURES[name], blocks(ops, rows(queries, 96, 0, scale), rows(200, 96, 1, scale))
    exact = ops.host(measure.dense(ops, *pair)).astype(np.float32)

    fast = ops.host(measure.fast(ops, *pair)).astype(np.float64)
    levels = np.stack([measure.levels(pair[0], column) for column in exact.T], axis=1)

    assert (np.abs(fast - levels) <= measure.errors(ops, *pair)[:, None]).all()


def test_no_document_of_a_zero_query_is_above_a_threshold_that_is_reached(ops):
    queries = blocks(ops, np.float32([[0, 0]] * 3 + [[3, 4]] * 3), np.ones((1, 2), np.float32))[0]

    levels = Cosine().levels(queries, np.float32([-np.inf, -0.5, 0, -np.inf, -0.5, 0]))

    assert levels.tolist() == [-np.inf, -np.inf, np.inf, -np.inf, -2.5, 0]


def test_unit_rows_are_known_and_give_the_same(ops):
    documents = rows(9, 12, 1)
    documents /= np.linalg.norm(documents, axis=1, keepdims=True)
    unit, twice = blocks(ops, documents, 2 * documents)

    assert unit.has_unit_rows
    assert not twice.has_unit_rows
    queries = load_block(ops, rows(4, 12, 0), 0, 4, "q")
    np.testing.assert_allclose(
        ops.host(Cosine().fast(ops, queries, unit)).copy(), ops.host(Cosine().fast(ops, queries, twice)), atol=1e-5
    )


def test_zero_rows_have_a_cosine_of_zero(ops):
    pair = blocks(ops, np.zeros((1, 4), np.float32), np.ones((2, 4), np.float32))

    for scores in (Cosine().dense(ops, *pair), Cosine().fast(ops, *pair)):
        assert ops.host(scores).tolist() == [[0, 0]]
    assert Cosine().pairs(ops, Cosine().prepared(ops, pair[0].matrix), ops.wide(pair[1].matrix[:1])).tolist() == [0]


def test_equal_rows_have_no_distance(ops):
    documents = rows(5, 64, 0) + 1000
    pair = blocks(ops, documents, documents)

    assert (ops.host(Euclidean().dense(ops, *pair)).diagonal() == 0).all()
    assert (Euclidean().pairs(ops, Euclidean().prepared(ops, pair[0].matrix), ops.wide(pair[1].matrix)) == 0).all()
