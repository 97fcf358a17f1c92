"""txtai on likewise: an index that finds, is saved and loaded, and finds the same as on the real package."""

import numpy as np
import pytest

ANSWER = "Paris is the capital and the largest city of France."


@pytest.fixture(scope="module")
def found(client):
    return client("use_txtai")


def test_the_known_cosines(found):
    embeddings = np.array(found["transformed"])

    cosines = (embeddings @ embeddings.T)[np.triu_indices(3, 1)]
    assert cosines.round(4).tolist() == pytest.approx([0.6660, 0.1046, 0.1411], abs=1.1e-4)
    assert found["query"] == pytest.approx(found["transformed"][0], abs=1e-6)


def test_the_index_finds_the_answer(found):
    assert found["found"][0] == ANSWER
    assert found["cosines"] == sorted(found["cosines"], reverse=True)
    assert found["similarity"][0][0] == 0


def test_a_saved_index_knows_what_was_added(found):
    assert "Lyon is a large city in France." in found["loaded"][:2]


def test_sparse_vectors_find_the_answer(found):
    assert len(found["sparse"]) == 6
    assert max(found["sparse_cosines"]) == found["sparse_cosines"][0] > 0


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_txtai", real=True)

    for name in ("transformed", "query", "cosines"):
        np.testing.assert_allclose(found[name], theirs[name], atol=1e-5, rtol=0)
    for name in ("found", "loaded"):
        assert found[name] == theirs[name]
    assert [at for at, _ in found["similarity"]] == [at for at, _ in theirs["similarity"]]
    np.testing.assert_allclose(found["sparse_cosines"], theirs["sparse_cosines"], rtol=1e-5)
    for vector, their_vector in zip(found["sparse"], theirs["sparse"], strict=True):
        assert vector["indices"] == their_vector["indices"]
        np.testing.assert_allclose(vector["values"], their_vector["values"], atol=1e-5, rtol=0)
