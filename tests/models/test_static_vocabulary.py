"""Which tokens a static model has: the teacher's, less those that match, plus words."""

import logging

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from likewise.errors import ConfigError
from likewise.models.static_vocabulary import build_vocabulary

PATTERN = r"\[unused\d+\]"


def bert() -> Tokenizer:
    words = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "cat", "##s", "[unused1]", "the"]
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return tokenizer


def build(teacher: Tokenizer, words=(), use_subword=True, pattern=PATTERN):
    return build_vocabulary(teacher.to_str(), words=words, use_subword=use_subword, remove_pattern=pattern)


def test_matching_tokens_are_left_out_and_ids_close_up():
    made = build(bert())

    assert made.entries == [0, 2, 3, 4, 5, 6, 8]
    assert made.tokenizer.encode("the cats").tokens == ["the", "cat", "##s"]
    assert made.tokenizer.encode("the cats").ids == [6, 4, 5]


def test_special_tokens_are_never_left_out():
    made = build(bert(), pattern=".*")

    assert made.entries == [0, 2, 3, 4]


def test_words_come_last_in_their_order():
    made = build(bert(), words=["Banana", "cat", "xylophone"])

    assert made.entries[-2:] == ["Banana", "xylophone"]
    assert made.tokenizer.encode("the bananaS").tokens == ["the", "banana", "##s"]


def test_words_that_are_split_are_named_once(caplog):
    with caplog.at_level(logging.WARNING):
        made = build(bert(), words=["new york", "u.s.", "", "dog"])

    assert made.entries[-1] == "dog"
    assert len(caplog.records) == 1
    assert "3 of the 4 words" in caplog.text


def test_words_alone():
    made = build(bert(), words=["Banana", "cat"], use_subword=False)

    assert made.entries == [2, "Banana", 5]
    assert made.tokenizer.encode("banana the Cat").tokens == ["banana", "[UNK]", "cat"]


def test_words_in_a_unigram_tokenizer():
    vocab = [("<unk>", 0.0), ("▁", -2.0), ("▁the", -3.0), ("▁ca", -3.0), ("t", -1.0)]
    teacher = Tokenizer(models.Unigram(vocab, unk_id=0))
    teacher.pre_tokenizer = pre_tokenizers.Metaspace()

    made = build(teacher, words=["cat"])

    assert made.entries == [0, 1, 2, 3, 4, "cat"]
    assert made.tokenizer.encode("the cat").tokens == ["▁the", "▁cat"]


def test_words_in_a_byte_level_tokenizer():
    teacher = Tokenizer(models.BPE({"c": 0, "a": 1, "t": 2, "ca": 3, "Ġ": 4}, [("c", "a")]))
    teacher.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)

    made = build(teacher, words=["cat"])

    assert made.tokenizer.encode("cat cat").tokens == ["Ġcat", "Ġcat"]
    assert made.entries == [0, 1, 2, 3, 4, "cat"]


def test_leaving_out_tokens_of_a_byte_level_tokenizer_is_refused():
    teacher = Tokenizer(models.BPE({"c": 0, "[unused1]": 1}, []))

    with pytest.raises(ConfigError, match="a BPE tokenizer, of which no token can be left out"):
        build(teacher)


def test_truncation_and_special_tokens_of_the_teacher_are_gone():
    teacher = bert()
    teacher.enable_truncation(3)
    teacher.enable_padding()

    made = build(teacher).tokenizer

    assert made.truncation is None
    assert made.padding is None
    assert made.post_processor is None
