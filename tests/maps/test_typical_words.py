"""Typical words: the weights once more by counting, and what a reader expects of them."""

import math
import random
import re

import pytest

from likewise.maps import typical_words
from likewise.maps.typical_words import _is_almost

LETTERS = ["alpha", "bravo", "carbon", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]


def naive(texts, group, count):
    """The definition, word by word."""
    inside = [texts[row] for row in group]
    weights = {}
    for word in {word for text in inside for word in re.findall(r"[a-z]+", text)}:
        here = sum(word in text.split() for text in inside)
        share, everywhere = here / len(inside), sum(word in text.split() for text in texts) / len(texts)
        if len(inside) >= 4 and here < 2:
            continue
        if share / everywhere >= math.sqrt(len(texts) / len(inside)) - 1e-12 and share > everywhere:
            weights[word] = share * math.log(share / everywhere)
    return sorted(weights, key=lambda word: (-round(weights[word], 12), word))[:count]


@pytest.mark.parametrize("seed", range(5))
def test_words_are_those_of_the_definition(seed):
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(LETTERS[: 4 + row % 7], k=4)) for row in range(60)]
    groups = [[row for row in range(60) if row % 7 in some] for some in ((0, 1), (2, 3), (5, 6))]

    found = typical_words(texts, groups, 4)

    expected = [naive(texts, group, 4) for group in groups]
    assert [words for words, known in zip(found, expected, strict=True) if known] == [
        known for known in expected if known
    ]
    assert any(expected)


def test_words_that_are_everywhere_are_typical_of_nothing():
    texts = ["the red fox", "the red dog", "the deep sea", "the blue sea"]

    assert typical_words(texts, [[0, 1], [2, 3]], 2) == [["red", "dog"], ["sea", "blue"]]


def test_a_word_of_one_text_says_nothing_about_many():
    texts = ["fox one", "fox two", "fox three", "fox four", *["sea"] * 8]

    assert typical_words(texts, [[0, 1, 2, 3]], 3) == [["fox"]]


def test_texts_that_are_all_the_same_have_their_own_words():
    assert typical_words(["green tea"] * 6, [list(range(6))], 5) == [["green", "tea"]]


def test_a_group_of_all_texts_leaves_out_what_all_have():
    texts = ["the cat", "the cat", "the dog", "the owl"]

    assert typical_words(texts, [[0, 1, 2, 3]], 1) == [["cat"]]


def test_of_almost_equal_words_one_is_shown():
    texts = [
        "error repository",
        "errors repositories",
        "error log repository",
        "sea",
        "hill",
        "rain",
        "sun",
        "fog",
    ]

    assert typical_words(texts, [[0, 1, 2]], 3) == [["error", "repository", "log"]]


@pytest.mark.parametrize(
    ("word", "other", "same"),
    [("file", "files", True), ("go", "gods", False), ("sore", "sort", False), ("connect", "connection", False)],
)
def test_which_words_are_almost_equal(word, other, same):
    assert _is_almost(word, other) is _is_almost(other, word) is same


def test_possessives_numbers_and_chinese():
    texts = ["Anna's 42 dogs", "数据库连接", "rain", "sun"]

    assert typical_words(texts, [[0], [1]], 9) == [["anna", "dogs"], ["库连", "据库", "数据", "连接"]]


def test_nothing_to_say():
    assert typical_words(["12 34", "..."], [[0, 1], []], 3) == [[], []]
    assert typical_words([], [], 3) == []
    assert typical_words(["fox"], [[0]], 0) == [[]]
