"""mteb on likewise: tasks of our own on local data, and the same scores as on the real package."""

import pytest


@pytest.fixture(scope="module")
def found(client):
    return client("use_mteb")


def test_the_scores_are_those_of_a_good_model(found):
    # By chance: 0, 1 / 27 and 0.05.
    assert found["scores"]["SameTopic"]["cosine_spearman"] > 0.5
    assert found["scores"]["WhoDid"]["accuracy"] > 0.3
    assert found["scores"]["FindDeeds"]["ndcg_at_10"] > 0.5


def test_a_cross_encoder_ranks_what_was_found(found):
    assert 0.1 < found["reranked"]["ndcg_at_10"] < 1
    assert found["reranked"]["ndcg_at_10"] != found["scores"]["FindDeeds"]["ndcg_at_10"]


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_mteb", real=True)

    assert found["scores"].keys() == theirs["scores"].keys()
    for task, scores in theirs["scores"].items():
        assert found["scores"][task] == pytest.approx(scores, abs=1e-5)
    assert found["reranked"] == pytest.approx(theirs["reranked"], abs=1e-5)
    assert found["model"] == theirs["model"]
