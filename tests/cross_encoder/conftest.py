import pytest


@pytest.fixture(scope="session")
def ranker_folder(toy_classifier_folder, tmp_path_factory):
    """A plain folder of a random BERT that gives one score."""
    return toy_classifier_folder(tmp_path_factory.mktemp("ranker") / "model")


@pytest.fixture(scope="session")
def sorter_folder(toy_classifier_folder, tmp_path_factory):
    """A plain folder of a random BERT that gives three scores."""
    return toy_classifier_folder(tmp_path_factory.mktemp("sorter") / "model", labels=3)


@pytest.fixture(scope="session")
def pairs():
    """Pairs of many lengths, some of which stand there twice."""
    texts = ["a cat", "the dog sat on a mat", "hello world", "", "red fox ran over the good movie plot " * 3, "not bad"]
    return [(texts[at % 6], texts[(at * 5 + at // 6) % 6]) for at in range(24)]
