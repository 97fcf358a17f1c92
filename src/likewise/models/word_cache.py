"""Tokenises each space-separated word once and looks it up ever after. Knows which tokenizers allow that, and how."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, final

import numpy as np
from tokenizers import Tokenizer, models

# What the cache may hold before it starts anew: some tens of megabytes.
_MAX_WORDS = 200_000
_MAX_LETTERS = 8_000_000
_CHUNK = 64


def is_word_local(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer gives "a b" the tokens of "a" and then those of "b", whatever the two words are.

    True for the BERT family: its normaliser works character by character, its pre-tokenizer splits at spaces, and
    neither marks where a word began. Anything not known to behave so is refused.

    Args:
        tokenizer: The tokenizer.

    Returns:
        Whether words may be tokenised one by one.
    """
    return (
        isinstance(tokenizer.model, models.WordPiece | models.WordLevel)
        and (tokenizer.normalizer is None or _all_in(tokenizer.normalizer, ("BertNormalizer", "Lowercase")))
        and tokenizer.pre_tokenizer is not None
        and _all_in(tokenizer.pre_tokenizer, ("BertPreTokenizer", "Whitespace", "WhitespaceSplit"))
        and all(_is_plain(token.content) for token in tokenizer.get_added_tokens_decoder().values())
    )


def _all_in(part: Any, names: tuple[str, ...]) -> bool:
    """Whether a normaliser or pre-tokenizer, or all parts of a sequence of them, are of the named types."""
    spec: dict[str, Any] = json.loads(part.__getstate__())
    parts: list[dict[str, Any]] = [spec]
    if spec["type"] == "Sequence":
        parts = spec["normalizers"] if "normalizers" in spec else spec["pretokenizers"]
    return bool(parts) and all(each["type"] in names for each in parts)


def _is_plain(content: str) -> bool:
    """An added token is searched in the text itself: with a space in it, it would join words."""
    return content.isascii() and not any(letter.isspace() for letter in content)


@final
class _Numbers(dict[str, int]):
    """Word to its number; a word that was not seen yet gets the next one."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


@final
class WordCache:
    """Token ids of whole texts, put together from those of their words; safe to share between threads.

    Args:
        tokenizer: A tokenizer for which `is_word_local` is true, without truncation and padding.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
        >>> tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> WordCache(tokenizer).encode(["hello world", "", "world"])
        (array([1, 2, 2]), array([0, 2, 2, 3]))
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._numbers = _Numbers()
        self._letters = 0
        self._ids = np.zeros(0, dtype=np.int64)
        self._offsets = np.zeros(1, dtype=np.int64)

    def encode(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Tokenise texts.

        Args:
            texts: The texts.

        Returns:
            Ids int64 [T] of all texts, and offsets int64 [N + 1].
        """
        if not texts:
            return np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
        words = [text.split(" ") for text in texts]
        word_ends = np.cumsum(list(map(len, words)))
        with self._lock:
            numbers = self._number(chain.from_iterable(words), int(word_ends[-1]))
            ids, offsets = self._ids, self._offsets
        starts = offsets[numbers]
        sizes = offsets[numbers + 1] - starts
        ends = np.cumsum(sizes)
        text_offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        text_offsets[1:] = ends[word_ends - 1]
        return ids[spans(starts, sizes)], text_offsets

    def _number(self, words: Iterable[str], count: int) -> np.ndarray:
        """Number the words, tokenising those that are new; int64 [count]."""
        if len(self._numbers) > _MAX_WORDS or self._letters > _MAX_LETTERS:
            self._clear()
        known = len(self._numbers)
        numbers = np.fromiter(map(self._numbers.__getitem__, words), dtype=np.int64, count=count)
        new = list(islice(self._numbers, known, None))
        if new:
            try:
                ids, sizes = self._encode(new)
            except BaseException:
                for word in new:
                    del self._numbers[word]
                raise
            self._ids = np.concatenate([self._ids, ids])
            self._offsets = np.concatenate([self._offsets, self._offsets[-1] + np.cumsum(sizes)])
            self._letters += sum(map(len, new))
        return numbers

    def _encode(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids int64 [T] of all words, and how many each word has, int64 [N]."""
        # Several words as one input that is split already: half the time of one input per word.
        chunks = [words[start : start + _CHUNK] for start in range(0, len(words), _CHUNK)]
        rows = self._tokenizer.encode_batch(chunks, is_pretokenized=True, add_special_tokens=False)
        ids = [np.asarray(row.ids, dtype=np.int64) for row in rows]
        sizes = [
            np.bincount(np.asarray(row.word_ids, dtype=np.int64), minlength=len(chunk))
            for row, chunk in zip(rows, chunks, strict=True)
        ]
        return np.concatenate(ids), np.concatenate(sizes)

    def _clear(self) -> None:
        self._numbers = _Numbers()
        self._letters = 0
        self._ids = np.zeros(0, dtype=np.int64)
        self._offsets = np.zeros(1, dtype=np.int64)


def spans(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Positions of several stretches of an array, one after the other.

    Args:
        starts: int64 [N], where each stretch begins.
        sizes: int64 [N], how long each is.

    Returns:
        int64 [sum of sizes].

    Example:
        >>> spans(np.array([5, 0]), np.array([2, 3]))
        array([5, 6, 0, 1, 2])
    """
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    positions: np.ndarray = np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - sizes), sizes)
    return positions
