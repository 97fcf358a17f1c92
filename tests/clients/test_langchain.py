"""langchain-huggingface, langchain-community's cross-encoder, and the token splitter, on likewise."""

import numpy as np
import pytest

ANSWER = "Paris is the capital and the largest city of France."


@pytest.fixture(scope="module")
def found(client):
    return client("use_langchain")


def test_the_known_cosines(found):
    embeddings = np.array(found["documents"])

    assert embeddings.shape == (3, 384)
    cosines = (embeddings @ embeddings.T)[np.triu_indices(3, 1)]
    assert cosines.round(4).tolist() == pytest.approx([0.6660, 0.1046, 0.1411], abs=1.1e-4)
    assert found["query"] == pytest.approx(found["documents"][0], abs=1e-6)


def test_the_store_finds_the_answer_and_the_cross_encoder_ranks(found):
    assert found["found"][0] == ANSWER
    assert found["cosines"] == sorted(found["cosines"], reverse=True)
    assert len(found["pair_scores"]) == 6
    assert max(found["pair_scores"]) == found["pair_scores"][0]
    assert len(found["reranked"]) == 2
    assert found["reranked"][0] == ANSWER


def test_the_splitter_counts_tokens_of_the_model(found):
    # "paris is the capital and the largest city of france ." and two marks
    assert found["tokens"] == 13
    assert 4 <= len(found["chunks"]) <= 8
    assert " ".join(found["chunks"]).startswith("paris is the capital")


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_langchain", real=True)

    for name in ("documents", "query", "cosines", "pair_scores"):
        np.testing.assert_allclose(found[name], theirs[name], atol=1e-5, rtol=0)
    for name in ("found", "reranked", "chunks", "tokens"):
        assert found[name] == theirs[name]
