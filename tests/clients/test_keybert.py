"""KeyBERT on likewise: the phrases that a text is about, and the same as on the real package."""

import pytest


@pytest.fixture(scope="module")
def found(client):
    return client("use_keybert")


def words(pairs):
    return [word for word, _ in pairs]


def test_keybert_takes_the_model_for_what_it_is(found):
    assert found["backend"] == "SentenceTransformerBackend"


def test_the_phrases_are_what_the_text_is_about(found):
    assert {"volcano", "volcanoes", "volcanic"} & set(words(found["words"])[:2])
    assert all("volcan" in phrase or "lava" in phrase or "erupt" in phrase for phrase in words(found["phrases"])[:2])
    scores = [score for _, score in found["phrases"]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.5


def test_diversity_and_seeds_change_the_choice(found):
    assert found["diverse"][0] == found["phrases"][0]
    assert set(words(found["diverse"])) != set(words(found["phrases"]))
    assert len(words(found["max_sum"])) == 3
    assert found["seeded"][0][1] < found["words"][0][1] - 0.001  # the text's embedding is moved towards the seeds


def test_several_texts_and_stored_embeddings_give_the_same(found):
    assert set(words(found["both"][1])) <= {"violinist", "violin", "orchestra", "concert", "conductor"}
    assert found["from_embeddings"] == found["both"]


def test_the_same_as_through_the_real_package(client, found):
    theirs = client("use_keybert", real=True)

    assert theirs.keys() == found.keys()
    for name in set(theirs) - {"backend", "both", "from_embeddings"}:
        assert words(found[name]) == words(theirs[name])
        assert [s for _, s in found[name]] == pytest.approx([s for _, s in theirs[name]], abs=1.1e-4)  # KeyBERT rounds
    assert [words(each) for each in found["both"]] == [words(each) for each in theirs["both"]]
