"""Looking words up."""

import pytest

from likewise.errors import InputTypeError
from likewise.models.tokenizer.word_lookup import WordLookup


def test_the_form_as_written_comes_first_then_bare_then_lower_case():
    lookup = WordLookup(["cat", "Dog", "don't", "(x)", "x", "THE"], {"the"})
    found = {
        word: lookup.number(word) for word in ("CAT", "Dog!", "DOG", "Don't", "(x)", "((x))", "THE", "The", "--", "")
    }

    assert found == {
        "CAT": 0, "Dog!": 1, "DOG": None, "Don't": 2, "(x)": 3, "((x))": 4, "THE": 5, "The": None, "--": None, "": None,
    }  # fmt: skip


def test_a_stop_word_is_dropped_even_if_it_is_in_the_vocabulary():
    assert WordLookup(["the", "cat"], {"the"}).numbers(["the", "cat", "The!"]) == [1]


def test_the_last_of_two_equal_words_counts():
    assert WordLookup(["a", "a"], ()).number("a") == 1


@pytest.mark.parametrize("words", ["cat", 5, [1], [None], ["a", None]])
def test_what_is_no_list_of_words_is_refused(words):
    with pytest.raises(InputTypeError, match="vocab"):
        WordLookup(words, ())
    with pytest.raises(InputTypeError, match="stop_words"):
        WordLookup((), words)
