"""Chroma on likewise: a collection that finds, opened again from disk, and the same as on the real package."""

import numpy as np
import pytest

ANSWER = "Paris is the capital and the largest city of France."


@pytest.fixture(scope="module")
def found(client):
    return client("use_chroma")


def test_the_known_cosines(found):
    embeddings = np.array(found["embeddings"])

    cosines = (embeddings @ embeddings.T)[np.triu_indices(3, 1)]
    assert cosines.round(4).tolist() == pytest.approx([0.6660, 0.1046, 0.1411], abs=1.1e-4)


def test_the_collection_finds_the_answers(found):
    assert found["found"][0][0] == ANSWER
    assert found["found"][1][0] == "A violin has four strings and is played with a bow."
    assert all(near < far for near, far in found["distances"])


def test_an_opened_collection_makes_the_model_again(found):
    assert found["made_again"] == 1
    assert found["opened"] == [["The mitochondrion is where a cell gains most of its energy."]]


def test_sparse_vectors_find_the_answer(found):
    passages = [dict(zip(vector["indices"], vector["values"], strict=True)) for vector in found["sparse"]]
    query = dict(zip(found["sparse_query"]["indices"], found["sparse_query"]["values"], strict=True))

    scores = [sum(weight * passage.get(at, 0) for at, weight in query.items()) for passage in passages]
    assert scores[0] > scores[1] > 0


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_chroma", real=True)

    np.testing.assert_allclose(found["embeddings"], theirs["embeddings"], atol=1e-5, rtol=0)
    np.testing.assert_allclose(found["distances"], theirs["distances"], atol=1e-5, rtol=0)
    assert (found["found"], found["opened"]) == (theirs["found"], theirs["opened"])
    ours = [*found["sparse"], found["sparse_query"]]
    for vector, their_vector in zip(ours, [*theirs["sparse"], theirs["sparse_query"]], strict=True):
        assert vector["indices"] == their_vector["indices"]
        np.testing.assert_allclose(vector["values"], their_vector["values"], atol=1e-5, rtol=0)
