"""Splitting texts by the conventions of the Penn Treebank."""

import pytest

from likewise.models.tokenizer.word_splitting import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("the cat", "the cat"),
        ("Hello, world!", "Hello , world !"),
        ("I can't see John's dog.", "I ca n't see John 's dog ."),
        ("We'll go; you've been, they're here", "We 'll go ; you 've been , they 're here"),
        ('He said "yes" (twice).', "He said `` yes '' ( twice ) ."),
        ("It costs $3,500.50 or 10%", "It costs $ 3,500.50 or 10 %"),
        ("First. Second one.", "First . Second one ."),
        ("wait... what -- no", "wait ... what -- no"),
        ("I cannot, I wanna", "I can not , I wan na"),
        ("new_york state-of-the-art", "new_york state-of-the-art"),
    ],
)
def test_words_and_marks(text, words):
    assert split_words(text) == words.split()


def test_a_long_text_takes_time_in_proportion():
    assert len(split_words("a 'b' (c) " * 20_000)) > 60_000
