import numpy as np
import pytest

from likewise.evaluation.pair_scores import bits_as_numbers, pair_scores
from likewise.quantization import quantize_embeddings

FUNCTIONS = ["cosine", "dot", "euclidean", "manhattan"]


def by_definition(name, a, b):
    if name == "cosine":
        return a @ b / np.sqrt((a @ a) * (b @ b))
    if name == "dot":
        return a @ b
    return -np.sqrt(((a - b) ** 2).sum()) if name == "euclidean" else -np.abs(a - b).sum()


def test_scores_are_those_of_the_definition_and_slices_do_not_matter(monkeypatch):
    first, second = np.random.default_rng(0).standard_normal((2, 23, 5)).astype(np.float32)
    whole = pair_scores(first, second, FUNCTIONS)
    monkeypatch.setattr("likewise.evaluation.pair_scores._ROWS_AT_ONCE", 7)

    sliced = pair_scores(first, second, FUNCTIONS)

    for name in FUNCTIONS:
        expected = [by_definition(name, a, b) for a, b in zip(first.astype(float), second.astype(float), strict=True)]
        assert sliced[name] == pytest.approx(np.array(expected), abs=1e-5)
        assert np.array_equal(sliced[name], whole[name])


def test_pairs_that_are_the_same_to_the_model_tie_at_1_under_cosine():
    rows = np.random.default_rng(3).standard_normal((200, 37)).astype(np.float32)
    in_float32 = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert len(set((in_float32 * in_float32).sum(1).tolist())) > 1

    assert set(pair_scores(rows, 3 * rows, ["cosine"])["cosine"].tolist()) == {1.0}


@pytest.mark.parametrize("precision", ["binary", "ubinary"])
def test_bits_are_the_signs_of_the_numbers(precision):
    rows = np.random.default_rng(0).standard_normal((6, 24)).astype(np.float32)

    bits = bits_as_numbers(quantize_embeddings(rows, precision=precision), precision)

    assert np.array_equal(bits, rows > 0)


def test_other_precisions_stay():
    rows = np.ones((2, 3), np.int8)

    assert bits_as_numbers(rows, "int8") is rows
    assert bits_as_numbers(rows, None) is rows
