"""The word cache must give, for any text at all, what the tokenizer itself gives."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from likewise.models.word_cache import WordCache, is_word_local, spans

WORDS = [
    "[UNK]",
    "[CLS]",
    "[MASK]",
    "the",
    "cat",
    "##s",
    "a",
    "##a",
    ",",
    ".",
    "o",
    "##o",
    "ß",
    "中",
    "\u03c3",
    "ς",
    "##ς",
]


def bert_tokenizer(**normalizer) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**{"lowercase": True, **normalizer})
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[CLS]", AddedToken("[MASK]", lstrip=True), "[UNK]"])
    return tokenizer


def level_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def reference(tokenizer: Tokenizer, texts: list[str]) -> tuple[list[int], list[int]]:
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    return [each for row in rows for each in row], np.cumsum([0, *map(len, rows)]).tolist()


PIECES = st.sampled_from(
    [" ", "  ", "\t", "\n", "\x1c", "\x0b", "\u00a0", "\u3000", "\u0301", "İ", "[MASK]", "[CLS]", *WORDS]
)
TEXTS = st.lists(st.one_of(PIECES, st.characters(exclude_categories=["Cs"])), max_size=12).map("".join)


@pytest.mark.parametrize("make", [bert_tokenizer, level_tokenizer], ids=["bert", "level"])
@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_gives_what_the_tokenizer_gives(make, texts):
    tokenizer = make()

    ids, offsets = WordCache(tokenizer).encode(texts)

    assert (ids.tolist(), offsets.tolist()) == reference(tokenizer, texts)


def test_words_of_an_earlier_call_are_found_again():
    cache = WordCache(bert_tokenizer())
    first = cache.encode(["the cat", "cats,"])

    second = cache.encode(["cats, the", "a cat the"])

    assert first[0].tolist() == [3, 4, 4, 5, 8]
    assert (second[0].tolist(), second[1].tolist()) == ([4, 5, 8, 3, 6, 4, 3], [0, 4, 7])


def test_a_full_cache_starts_anew(monkeypatch):
    monkeypatch.setattr("likewise.models.word_cache._MAX_WORDS", 3)
    tokenizer = bert_tokenizer()
    cache = WordCache(tokenizer)
    texts = ["the cat", "a cats o", "the cats the a", "o o o"]

    results = [cache.encode([text])[0].tolist() for text in texts]

    assert results == [reference(tokenizer, [text])[0] for text in texts]


def test_a_word_that_cannot_be_tokenised_leaves_the_cache_usable():
    cache = WordCache(bert_tokenizer())
    with pytest.raises((TypeError, UnicodeError)):
        cache.encode(["the \ud800 cat"])

    assert cache.encode(["cat the"])[0].tolist() == [4, 3]


def test_threads_share_one_cache():
    tokenizer = bert_tokenizer()
    cache = WordCache(tokenizer)
    texts = [[f"the cat{'s' * (at % 7)} a{'a' * at}" for at in range(start, start + 50)] for start in range(16)]
    results: list = [None] * 16

    def work(number: int) -> None:
        results[number] = [cache.encode([text])[0].tolist() for text in texts[number]]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [[reference(tokenizer, [text])[0] for text in chunk] for chunk in texts]


def test_tokenizers_that_mark_the_start_of_words_are_not_local():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()

    assert not is_word_local(tokenizer)


def test_an_unknown_pre_tokenizer_is_not_local():
    tokenizer = level_tokenizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()

    assert not is_word_local(tokenizer)


def test_without_pre_tokenizer_the_space_belongs_to_words():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "new york": 1}, unk_token="[UNK]"))

    assert not is_word_local(tokenizer)


def test_an_added_token_with_a_space_is_not_local():
    tokenizer = bert_tokenizer()
    tokenizer.add_tokens(["new york"])

    assert not is_word_local(tokenizer)


def test_the_bert_family_is_local():
    assert is_word_local(bert_tokenizer())
    assert is_word_local(level_tokenizer())


def test_spans_of_empty_stretches():
    assert spans(np.array([4, 7, 0]), np.array([0, 2, 0])).tolist() == [7, 8]
    assert spans(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)).tolist() == []
