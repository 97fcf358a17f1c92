"""The default stop words."""

import string

from likewise.models.tokenizer import ENGLISH_STOP_WORDS


def test_they_are_sorted_different_and_in_lower_case():
    assert list(ENGLISH_STOP_WORDS) == sorted(set(ENGLISH_STOP_WORDS))
    assert all(word == word.lower() and word.strip() == word and word for word in ENGLISH_STOP_WORDS)


def test_they_hold_function_words_and_punctuation_and_no_content_words():
    assert {"the", "and", "wouldn", "``", *string.punctuation} <= set(ENGLISH_STOP_WORDS)
    assert not {"cat", "berlin", "run", "0", ""} & set(ENGLISH_STOP_WORDS)


def test_the_words_of_the_glasgow_list_are_all_there():
    from importlib import import_module

    import pytest

    pytest.importorskip("sklearn", reason="extra distill")
    glasgow = import_module("sklearn.feature_extraction.text").ENGLISH_STOP_WORDS
    assert glasgow <= set(ENGLISH_STOP_WORDS)
