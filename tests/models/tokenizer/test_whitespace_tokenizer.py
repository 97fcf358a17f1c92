"""WhitespaceTokenizer: words between white space."""

import json

import pytest

from likewise.errors import CheckpointError
from likewise.models.tokenizer import ENGLISH_STOP_WORDS, WhitespaceTokenizer


def test_words_are_split_at_any_white_space():
    assert WhitespaceTokenizer(["x"]).tokenize("x\u00a0x x\nx\tx   ") == [0] * 5


def test_english_stop_words_are_dropped_by_default():
    tokenizer = WhitespaceTokenizer(["the", "cat"])

    assert tokenizer.tokenize("the cat") == [1]
    assert tokenizer.stop_words == set(ENGLISH_STOP_WORDS)
    assert WhitespaceTokenizer(["the", "cat"], stop_words=[]).tokenize("the cat") == [0, 1]


def test_lower_case_hides_words_with_capitals():
    assert WhitespaceTokenizer(["Dog"]).tokenize("Dog") == [0]
    assert WhitespaceTokenizer(["Dog"], do_lower_case=True).tokenize("Dog") == []


def test_the_vocabulary_can_be_replaced():
    tokenizer = WhitespaceTokenizer(["cat"], stop_words=["the"])
    tokenizer.set_vocab(["the", "dog"])

    assert list(tokenizer.get_vocab()) == list(tokenizer.vocab) == ["the", "dog"]
    assert tokenizer.word2idx == {"the": 0, "dog": 1}
    assert tokenizer.tokenize("the dog cat") == [1]


def test_saved_and_loaded(tmp_path):
    WhitespaceTokenizer(["caf\u00e9", "b"], ["a"], True).save(str(tmp_path))

    loaded = WhitespaceTokenizer.load(str(tmp_path))

    stored = json.loads((tmp_path / "whitespacetokenizer_config.json").read_text(encoding="utf-8"))
    assert stored == {"vocab": ["caf\u00e9", "b"], "stop_words": ["a"], "do_lower_case": True}
    assert (list(loaded.vocab), loaded.stop_words, loaded.do_lower_case) == (["caf\u00e9", "b"], {"a"}, True)


def test_wrong_settings_name_file_and_key(tmp_path):
    (tmp_path / "whitespacetokenizer_config.json").write_text('{"vocab": "cat"}')

    with pytest.raises(CheckpointError, match=r"whitespacetokenizer_config.json: 'vocab'"):
        WhitespaceTokenizer.load(str(tmp_path))
