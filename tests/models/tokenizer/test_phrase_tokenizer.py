"""PhraseTokenizer: words joined to the phrases of the vocabulary."""

import json

import pytest

from likewise.errors import InputError, InputTypeError
from likewise.models.tokenizer import PhraseTokenizer

VOCAB = ["new", "york", "new_york", "new_york_times", "times_square", "times", "square", "cat", "The_cat"]


def phrases(text, **settings):
    return [VOCAB[number] for number in PhraseTokenizer(VOCAB, **settings).tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("new york times square cat", ["new_york_times", "square", "cat"]),
        ("New York, times square.", ["new_york", "times_square"]),
        ("The cat", ["The_cat"]),
        ("the cat", ["cat"]),
        ("new the york", ["new", "york"]),
        ("", []),
    ],
)
def test_the_longest_phrases_are_joined_first(text, expected):
    assert phrases(text) == expected


def test_phrases_have_a_maximum_length():
    assert phrases("new york times square", max_ngram_length=2) == ["new_york", "times_square"]


def test_the_longer_phrase_wins_over_the_earlier_one():
    tokenizer = PhraseTokenizer(["a1", "d1", "a1_b1", "b1_c1_d1"])

    assert tokenizer.tokenize("a1 b1 c1 d1") == [0, 3]


def test_saved_and_loaded(tmp_path):
    PhraseTokenizer(VOCAB, ["x"], ngram_separator="+", max_ngram_length=3).save(str(tmp_path))

    loaded = PhraseTokenizer.load(str(tmp_path))

    assert json.loads((tmp_path / "phrasetokenizer_config.json").read_text()) == {
        "vocab": VOCAB, "stop_words": ["x"], "do_lower_case": False, "ngram_separator": "+", "max_ngram_length": 3,
    }  # fmt: skip
    assert (loaded.ngram_separator, loaded.max_ngram_length, loaded.stop_words) == ("+", 3, {"x"})


def test_wrong_settings_are_refused():
    with pytest.raises(InputTypeError, match="ngram_separator=''"):
        PhraseTokenizer([], ngram_separator="")
    with pytest.raises(InputError, match="max_ngram_length=0"):
        PhraseTokenizer([], max_ngram_length=0)
