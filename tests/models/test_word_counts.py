"""Weights of words."""

import logging
import math

import pytest

from likewise.errors import InputError, InputTypeError
from likewise.models.word_counts import weights_of


def test_words_are_looked_up_as_written_then_in_lower_case():
    assert weights_of(["Cat", "cat", "Dog", "x"], {"Cat": 3.0, "cat": 2.0, "dog": 0.0}, 1.5) == [3.0, 2.0, 0.0, 1.5]


def test_how_many_words_have_no_weight_is_said(caplog):
    with caplog.at_level(logging.INFO, logger="likewise"):
        weights_of(["a", "b"], {"a": 1.0}, 1)

    assert "1 of 2 words have no weight" in caplog.text


def test_what_is_no_weight_is_refused():
    with pytest.raises(InputTypeError, match="word_weights"):
        weights_of(["a"], {"a": "1"}, 1)
    with pytest.raises(InputError, match="unknown_word_weight=nan"):
        weights_of(["a"], {}, math.nan)
