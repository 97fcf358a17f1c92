import logging

import numpy as np
import pytest

from likewise.mining.embedding_cache import EmbeddingCache


def rows():
    return np.float32([[1, 2], [3, 4]])


def never():
    raise AssertionError("encoded again")


def test_what_was_kept_is_not_encoded_again(tmp_path):
    EmbeddingCache(tmp_path / "new", "m").get("query", ["a", "b"], rows)

    found = EmbeddingCache(tmp_path / "new", "m").get("query", ["a", "b"], never)

    np.testing.assert_array_equal(found, rows())


@pytest.mark.parametrize(
    ("key", "role", "texts"),
    [("other", "query", ["a", "b"]), ("m", "document", ["a", "b"]), ("m", "query", ["ab"]), ("m", "query", ["b", "a"])],
)
def test_another_model_role_or_text_is_another_file(tmp_path, key, role, texts):
    EmbeddingCache(tmp_path, "m").get("query", ["a", "b"], rows)

    found = EmbeddingCache(tmp_path, key).get(role, texts, lambda: rows() * 2)

    np.testing.assert_array_equal(found, rows() * 2)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_file_is_said_and_replaced(tmp_path, caplog):
    cache = EmbeddingCache(tmp_path, "m")
    cache.get("query", ["a", "b"], rows)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-5])

    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(cache.get("query", ["a", "b"], rows), rows())

    assert "is damaged" in caplog.text
    np.testing.assert_array_equal(cache.get("query", ["a", "b"], never), rows())
