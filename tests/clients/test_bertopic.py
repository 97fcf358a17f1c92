"""BERTopic on likewise: the topics that are there, and the same as on the real package for the same seed."""

from collections import Counter

import pytest


@pytest.fixture(scope="module")
def found(client):
    return client("use_bertopic")


@pytest.fixture(scope="module")
def numbers(found):
    """The number that BERTopic gave to each topic."""
    counts = Counter(zip(found["meant"], found["topics"], strict=True))
    return {meant: topic for (meant, topic), _ in reversed(counts.most_common())}


def test_bertopic_takes_the_model_for_what_it_is(found):
    assert found["backend"] == "SentenceTransformerBackend"


def test_the_topics_of_the_texts_are_found(found, numbers):
    right = [topic == numbers[meant] for meant, topic in zip(found["meant"], found["topics"], strict=True)]

    assert len(right) == 153
    assert sum(right) > 0.95 * len(right)
    assert numbers == {"space": 0, "kitchen": 1, "football": 2, "money": 3, "music": 4}  # by size


def test_words_and_searches_name_the_topics(found, numbers):
    assert {"soup", "bread", "cheese", "chicken", "baker", "chef"} & set(found["near_words"][str(numbers["kitchen"])])
    assert {"orchestra", "symphony", "sonata", "opera"} & set(found["near_words"][str(numbers["music"])])
    assert all(len(words) == 5 for words in found["words"].values())
    assert found["near"][0] == numbers["space"]
    assert found["cosines"][0] > found["cosines"][1] + 0.1


def test_new_texts_and_saved_topic_models(found, numbers):
    assert found["new"] == [numbers["space"], numbers["music"]]
    assert found["new_loaded"]["pickled"] == found["new"]
    assert found["new_loaded"]["plain"] == found["new"]


def test_the_same_topics_as_through_the_real_package(client, found):
    theirs = client("use_bertopic", real=True)

    assert found["topics"] == theirs["topics"]
    assert found["words"] == theirs["words"]
    assert found["near_words"] == theirs["near_words"]
    assert found["near"] == theirs["near"]
    assert found["cosines"] == pytest.approx(theirs["cosines"], abs=1e-5)
    assert (found["new"], found["new_loaded"]) == (theirs["new"], theirs["new_loaded"])
