"""Texts to flat ids: order, truncation, errors, and the path without the word cache."""

import pickle

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from likewise.errors import CheckpointError, InputError
from likewise.models.static_tokens import StaticTokens

VOCAB = {"[UNK]": 0, "a": 1, "b": 2, "c": 3}


def tokenizer(local: bool = True) -> Tokenizer:
    result = Tokenizer(models.WordLevel(VOCAB, unk_token="[UNK]"))
    result.pre_tokenizer = pre_tokenizers.Whitespace() if local else pre_tokenizers.Split(" ", "removed")
    return result


@pytest.mark.parametrize("local", [True, False], ids=["cached", "plain"])
def test_ids_and_offsets_of_many_texts(local):
    texts = [" ".join("abc"[at % 3] for at in range(size)) for size in range(40)] * 60

    rows = StaticTokens(tokenizer(local)).encode(texts).rows

    assert rows.sizes.tolist() == list(range(40)) * 60
    assert rows[4].tolist() == [1, 2, 3, 1]


@pytest.mark.parametrize(("direction", "expected"), [("right", [1, 2]), ("left", [3, 1])])
def test_truncation_of_the_tokenizer_is_kept_and_reported(direction, expected):
    source = tokenizer()
    source.enable_truncation(2, direction=direction)

    tokens = StaticTokens(source).encode(["a b c a", "a b", ""])

    assert tokens.rows.ids.tolist() == [*expected, 1, 2]
    assert tokens.truncated.tolist() == [True, False, False]


def test_padding_of_the_tokenizer_does_not_count():
    source = tokenizer()
    source.enable_padding(length=8)

    assert StaticTokens(source).encode(["a b"]).rows.ids.tolist() == [1, 2]
    assert source.padding is not None


def test_pairs_are_read_one_after_the_other():
    assert StaticTokens(tokenizer()).encode([("a", "b"), "c"]).rows.ids.tolist() == [1, 2, 3]


def test_no_texts():
    tokens = StaticTokens(tokenizer()).encode([])

    assert len(tokens.rows) == 0
    assert tokens.truncated.shape == (0,)


@pytest.mark.parametrize("local", [True, False], ids=["cached", "plain"])
def test_a_number_among_the_texts(local):
    with pytest.raises(InputError, match="input 1 is a int"):
        StaticTokens(tokenizer(local)).encode(["a", 3])


@pytest.mark.parametrize("local", [True, False], ids=["cached", "plain"])
def test_a_lone_surrogate(local):
    with pytest.raises(InputError, match="input 1 holds a lone surrogate at character 2"):
        StaticTokens(tokenizer(local)).encode(["a", "a \ud800"])


def test_pickling():
    copy = pickle.loads(pickle.dumps(StaticTokens(tokenizer())))

    assert np.array_equal(copy.encode(["a b"]).rows.ids, [1, 2])


def test_a_change_of_the_tokenizer_shows():
    source = tokenizer()
    tokens = StaticTokens(source)
    before = tokens.encode(["a b c d"]).rows.ids.tolist()

    source.add_tokens(["d"])
    added = tokens.encode(["a b c d"]).rows.ids.tolist()
    source.enable_truncation(2)
    cut = tokens.encode(["a b c d"]).rows.ids.tolist()

    assert (before, added, cut) == ([1, 2, 3, 0], [1, 2, 3, 4], [1, 2])


def test_a_damaged_tokenizer_is_named():
    source = Tokenizer(models.WordLevel({"a": 0}, unk_token="[UNK]"))
    source.pre_tokenizer = pre_tokenizers.Whitespace()

    with pytest.raises(CheckpointError, match="the tokenizer fails"):
        StaticTokens(source).encode(["b"])
