"""Haystack and its integration on likewise: every component, and the same as on the real package."""

import numpy as np
import pytest

ANSWER = "Paris is the capital and the largest city of France."


@pytest.fixture(scope="module")
def found(client):
    return client("use_haystack")


def test_the_known_cosines(found):
    embeddings = np.array(found["embeddings"])

    cosines = (embeddings @ embeddings.T)[np.triu_indices(3, 1)]
    assert cosines.round(4).tolist() == pytest.approx([0.6660, 0.1046, 0.1411], abs=1.1e-4)


def test_the_pipeline_finds_the_answer_and_ranks(found):
    assert found["found"][0] == ANSWER
    assert found["reranked"][0] == ANSWER
    assert len(found["reranked"]) == 2
    assert 1 > found["scores"][0] > found["scores"][1] > 0  # scaled to probabilities


def test_options_arrive(found):
    assert len(found["int8"]) == 64
    assert all(-128 <= value <= 127 and value == int(value) for value in found["int8"])
    assert len(set(found["int8"])) > 20
    assert found["limited"] == pytest.approx(found["beginning"], abs=1e-6)  # six words of the first passage


def test_the_diversity_ranker_spreads(found):
    assert found["diverse"][0] == ANSWER
    assert len(set(found["diverse"])) == 3


def test_sparse_vectors_hold_the_weights_of_the_tokens(found):
    passage, query = found["sparse"][0], found["sparse_query"]

    assert len(passage["indices"]) == len(passage["values"]) == 10  # 11 tokens, "the" twice
    step = 3 / 30521
    np.testing.assert_allclose(passage["values"], np.array(passage["indices"]) * step, rtol=1e-4)
    assert len(set(passage["indices"]) & set(query["indices"])) >= 4  # is, the, capital, of, france


def test_answers_are_judged(found):
    assert found["sas"] == pytest.approx([0.6660, 0.1411], abs=1.1e-4)
    assert all(0 <= score <= 1 for score in found["cross_sas"])


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_haystack", real=True)

    for name in ("embeddings", "cosines", "scores", "limited", "sas", "cross_sas"):
        np.testing.assert_allclose(found[name], theirs[name], atol=1e-5, rtol=0)
    assert np.abs(np.subtract(found["int8"], theirs["int8"])).max() <= 1  # a value on the edge of two bins
    for name in ("found", "reranked", "diverse"):
        assert found[name] == theirs[name]
    ours = [*found["sparse"], found["sparse_query"]]
    for vector, their_vector in zip(ours, [*theirs["sparse"], theirs["sparse_query"]], strict=True):
        assert vector["indices"] == their_vector["indices"]
        np.testing.assert_allclose(vector["values"], their_vector["values"], atol=1e-5, rtol=0)
