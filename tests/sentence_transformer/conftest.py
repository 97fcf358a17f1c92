"""One small model for the tests of the facade."""

import pytest

from likewise import SentenceTransformer


@pytest.fixture(scope="module")
def toy_folder(toy_bert_folder, tmp_path_factory):
    return toy_bert_folder(tmp_path_factory.mktemp("toy") / "model")


@pytest.fixture
def model(toy_folder):
    return SentenceTransformer(toy_folder, device="cpu")
