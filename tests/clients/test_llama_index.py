"""LlamaIndex on likewise: embedding, prompts, index, workers and re-ranker, and the same as on the real package."""

import numpy as np
import pytest

ANSWER = "Paris is the capital and the largest city of France."


@pytest.fixture(scope="module")
def found(client):
    return client("use_llama_index")


def test_the_known_cosines(found):
    embeddings = np.array(found["texts"])

    cosines = (embeddings @ embeddings.T)[np.triu_indices(3, 1)]
    assert cosines.round(4).tolist() == pytest.approx([0.6660, 0.1046, 0.1411], abs=1.1e-4)
    assert found["query"] == pytest.approx(found["texts"][0], abs=1e-6)


def test_instructions_are_put_before_the_texts(found):
    assert found["max_length"] == 32
    assert np.dot(found["prompted_query"], found["query"]) < 0.99
    assert np.dot(found["prompted_query"], found["prompted_texts"][0]) < 0.99
    assert np.dot(found["prompted_texts"][0], found["texts"][0]) < 0.99


def test_workers_give_the_same_embeddings(found):
    np.testing.assert_allclose(found["spread"], found["texts"], atol=1e-6)


def test_the_index_finds_the_answer_and_the_reranker_ranks(found):
    assert found["found"][0] == ANSWER
    assert found["cosines"] == sorted(found["cosines"], reverse=True)
    assert len(found["reranked"]) == 2
    assert found["reranked"][0] == ANSWER
    assert found["scores"][0] > found["scores"][1]


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_llama_index", real=True)

    for name in ("texts", "query", "prompted_query", "prompted_texts", "spread", "cosines", "scores"):
        np.testing.assert_allclose(found[name], theirs[name], atol=1e-5, rtol=0)
    for name in ("found", "reranked", "max_length"):
        assert found[name] == theirs[name]
