import math
import resource

import numpy as np
import pytest
import torch

from likewise.errors import InputTypeError, ShapeError
from likewise.ops import similarity

NAMES = ["cos_sim", "dot_score", "euclidean_sim", "manhattan_sim"]
PAIRWISE = {
    "cos_sim": "pairwise_cos_sim",
    "dot_score": "pairwise_dot_score",
    "euclidean_sim": "pairwise_euclidean_sim",
    "manhattan_sim": "pairwise_manhattan_sim",
}


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def cosine(a, b):
    lengths = math.sqrt(dot(a, a)) * math.sqrt(dot(b, b))
    return dot(a, b) / lengths if lengths else 0.0


def euclidean(a, b):
    return -math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def manhattan(a, b):
    return -sum(abs(x - y) for x, y in zip(a, b, strict=True))


def angle(a, b):
    """The definition with complex numbers: the quotient of each pair, scaled by the lengths."""
    half = len(a) // 2
    ours = [complex(*z) for z in zip(a[:half], a[half:], strict=True)]
    theirs = [complex(*z) for z in zip(b[:half], b[half:], strict=True)]
    squares = sum(abs(z) ** 2 for z in theirs)
    quotients = [z * w.conjugate() / squares for z, w in zip(ours, theirs, strict=True)]
    scale = math.sqrt(sum(abs(z) ** 2 for z in ours)) / math.sqrt(squares)
    return abs(sum((q.real + q.imag) / scale for q in quotients))


NAIVE = {"cos_sim": cosine, "dot_score": dot, "euclidean_sim": euclidean, "manhattan_sim": manhattan}


def vectors(rows, dim=6, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, dim))


@pytest.mark.parametrize("name", NAMES)
def test_all_pairs_equal_the_definition(name):
    a, b = vectors(4), vectors(5, seed=1)

    scores = getattr(similarity, name)(a, b)

    expected = [[NAIVE[name](x, y) for y in b.tolist()] for x in a.tolist()]
    torch.testing.assert_close(scores, torch.tensor(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_row_by_row_is_the_diagonal_of_all_pairs(name):
    a, b = vectors(4), vectors(4, seed=1)

    scores = getattr(similarity, PAIRWISE[name])(a, b)

    torch.testing.assert_close(scores, getattr(similarity, name)(a, b).diagonal(), rtol=1e-6, atol=1e-6)


def test_angle_equals_the_definition_with_complex_numbers():
    a, b = vectors(4), vectors(4, seed=1)

    scores = similarity.pairwise_angle_sim(a, b)

    expected = [angle(x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    torch.testing.assert_close(scores, torch.tensor(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        lambda v: v.astype(np.float32),
        np.ndarray.tolist,
        lambda v: list(v),
        torch.from_numpy,
        lambda v: list(torch.from_numpy(v)),
        lambda v: torch.from_numpy(v).to_sparse(),
    ],
    ids=["float64", "float32", "lists", "list of arrays", "tensor", "list of tensors", "sparse"],
)
def test_every_kind_of_input_gives_the_same_float32_tensor(name, convert):
    a, b = vectors(3), vectors(2, seed=1)
    function = getattr(similarity, name)

    scores = function(convert(a), convert(b))

    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, function(a, b), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [*NAMES, *PAIRWISE.values(), "pairwise_angle_sim"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.float64], ids=str)
def test_scores_are_float32_and_equal_those_of_the_same_numbers_in_float32(name, dtype):
    a = torch.from_numpy(vectors(3) * 40).abs().to(dtype)
    b = torch.from_numpy(vectors(3, seed=1) * 40).abs().to(dtype)
    function = getattr(similarity, name)

    scores = function(a, b)

    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, function(a.float(), b.float()), rtol=0, atol=0)


def test_the_dot_product_of_int8_vectors_does_not_wrap_around():
    a = np.full((1, 384), 127, np.int8)

    assert similarity.dot_score(a, a).item() == 384 * 127 * 127


def test_a_distance_of_uint8_vectors_does_not_wrap_around():
    assert similarity.manhattan_sim(np.uint8([[1]]), np.uint8([[3]])).item() == -2
    assert similarity.pairwise_euclidean_sim(np.uint8([[1]]), np.uint8([[3]])).item() == -2


def test_half_precision_vectors_that_differ_slightly_do_not_tie():
    """In half precision both cosines would round to 1."""
    query, near, far = torch.ones(1, 64), torch.ones(1, 64), torch.ones(1, 64)
    near[0, 0], far[0, 0] = 1.01, 1.02

    scores = similarity.cos_sim(query.half(), torch.cat([near, far]).half())[0]

    assert scores[0] > scores[1]


@pytest.mark.parametrize("name", ["cos_sim", "pairwise_cos_sim", "pairwise_angle_sim"])
def test_a_zero_row_scores_zero(name):
    assert getattr(similarity, name)(np.zeros((1, 4)), np.ones((1, 4))).item() == 0


@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e19, 1e38], ids=str)
def test_the_cosine_does_not_depend_on_the_length(scale):
    a, b = torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 1.0]])

    torch.testing.assert_close(similarity.cos_sim(a * scale, b), torch.tensor([[0.8]]))


def test_equal_rows_far_from_the_origin_have_no_euclidean_distance():
    """The usual formula in float32 gives 0.5 and more here."""
    a = torch.from_numpy(vectors(40, 64)).float() + 1000

    assert similarity.euclidean_sim(a, a).diagonal().abs().max() < 1e-3


@pytest.mark.parametrize("name", [*NAMES, *PAIRWISE.values(), "pairwise_angle_sim"])
def test_gradients_are_right(name):
    a = torch.from_numpy(vectors(3)).float().requires_grad_()
    b = torch.from_numpy(vectors(3, seed=1)).float()
    function = getattr(similarity, name)

    function(a, b).square().sum().backward()

    step = 1e-2
    for row, column in ((0, 0), (2, 3)):
        up, down = a.detach().clone(), a.detach().clone()
        up[row, column] += step
        down[row, column] -= step
        slope = (function(up, b).square().sum() - function(down, b).square().sum()) / (2 * step)
        assert a.grad[row, column].item() == pytest.approx(slope.item(), rel=0.02, abs=0.02)


@pytest.mark.parametrize("name", ["euclidean_sim", "manhattan_sim", "pairwise_euclidean_sim", "cos_sim"])
def test_gradients_of_equal_and_zero_rows_are_finite(name):
    a = torch.zeros(2, 4, requires_grad=True)

    getattr(similarity, name)(a, torch.zeros(2, 4)).sum().backward()

    assert torch.isfinite(a.grad).all()


def test_mixed_precision_training_does_not_lower_the_precision():
    a = torch.from_numpy(vectors(3, 64)).float()

    with torch.autocast("cpu", torch.bfloat16):
        scores = similarity.cos_sim(a, a)

    torch.testing.assert_close(scores, similarity.cos_sim(a, a), rtol=0, atol=0)


def test_a_single_vector_is_one_row():
    assert similarity.cos_sim(np.ones(3), np.ones((2, 3))).shape == (1, 2)
    assert similarity.dot_score(np.ones(3), np.ones(3)).tolist() == [[3]]


def test_row_by_row_compares_a_single_vector_with_every_row():
    assert similarity.pairwise_dot_score(np.ones(3), np.ones((2, 3))).tolist() == [3, 3]


def test_two_single_vectors_give_one_number():
    assert similarity.pairwise_cos_sim(np.ones(3), np.ones(3)).shape == ()


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_give_no_scores(name):
    """What no texts encode to has shape (0,)."""
    assert getattr(similarity, name)(np.empty(0), np.ones((2, 3))).shape == (0, 2)
    assert getattr(similarity, name)(np.ones((2, 3)), np.empty((0, 3))).shape == (2, 0)


@pytest.mark.parametrize("name", [*NAMES, *PAIRWISE.values()])
def test_different_dimensions_are_refused(name):
    with pytest.raises(ShapeError, match=r"a has dimension 3, b has dimension 4.*the same model"):
        getattr(similarity, name)(np.ones((2, 3)), np.ones((2, 4)))


@pytest.mark.parametrize("name", PAIRWISE.values())
def test_row_by_row_refuses_different_numbers_of_rows(name):
    with pytest.raises(ShapeError, match=r"a has 2 rows, b has 3.*cos_sim"):
        getattr(similarity, name)(np.ones((2, 3)), np.ones((3, 3)))


def test_angle_refuses_an_odd_dimension():
    with pytest.raises(ShapeError, match=r"dimension 3.*even dimension.*truncate_embeddings\(embeddings, 2\)"):
        similarity.pairwise_angle_sim(np.ones((2, 3)), np.ones((2, 3)))


def test_texts_instead_of_embeddings_are_refused():
    with pytest.raises(InputTypeError, match=r"a holds <U.*model\.encode\(texts\)"):
        similarity.cos_sim(["a text"], ["another"])


@pytest.mark.parametrize("name", ["manhattan_sim", "euclidean_sim"])
def test_memory_does_not_hold_every_difference(name):
    """All differences of these would take 1.5 GB."""
    a = torch.ones(300, 4096)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    getattr(similarity, name)(a, a)

    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 300
