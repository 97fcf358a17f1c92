"""Words, and phrases that the vocabulary knows. Knows vocabulary and stop words, no embedding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from likewise.errors import InputTypeError
from likewise.hub.folder import ModelFolder
from likewise.models.arguments import checked_integer
from likewise.models.tokenizer.stop_words import ENGLISH_STOP_WORDS
from likewise.models.tokenizer.word_lookup import WordLookup
from likewise.models.tokenizer.word_splitting import split_words
from likewise.models.tokenizer.word_tokenizer import WordTokenizer

CONFIG_FILE = "phrasetokenizer_config.json"
MAX_NGRAM_LENGTH = 100


class PhraseTokenizer(WordTokenizer):
    """Joins neighbouring words to phrases of the vocabulary ("new_york"), longest phrases first.

    Words are split as `split_words` does; phrases and words are looked up as written, then in lower case.

    Args:
        vocab: Words and phrases; the number of each is its place.
        stop_words: Words that are dropped, unless they are part of a phrase.
        do_lower_case: Kept with the settings; look-ups try the lower case in any case.
        ngram_separator: What joins the words of a phrase in the vocabulary.
        max_ngram_length: Most words of a phrase.

    Example:
        >>> PhraseTokenizer(["new", "york", "new_york", "cat"]).tokenize("A cat in New York.")
        [3, 2]
    """

    def __init__(
        self,
        vocab: Iterable[str] = (),
        stop_words: Iterable[str] = ENGLISH_STOP_WORDS,
        do_lower_case: bool = False,
        ngram_separator: str = "_",
        max_ngram_length: int = 5,
    ) -> None:
        if not isinstance(ngram_separator, str) or not ngram_separator:
            raise InputTypeError(f"ngram_separator={ngram_separator!r}", accepted="a text that is not empty")
        self.do_lower_case = do_lower_case
        self.ngram_separator = ngram_separator
        self.max_ngram_length = checked_integer("max_ngram_length", max_ngram_length, high=MAX_NGRAM_LENGTH)
        self._use(WordLookup(vocab, stop_words))

    @property
    def vocab(self) -> Sequence[str]:
        """The words and phrases, by number."""
        return self._lookup.vocab

    @property
    def word2idx(self) -> dict[str, int]:
        """Word or phrase to number."""
        return self._lookup.number_of

    @property
    def stop_words(self) -> frozenset[str]:
        """The words that are dropped."""
        return self._lookup.stop_words

    def get_vocab(self) -> Sequence[str]:
        """See `WordTokenizer`."""
        return self._lookup.vocab

    def set_vocab(self, vocab: Iterable[str]) -> None:
        """See `WordTokenizer`."""
        self._use(WordLookup(vocab, self._lookup.stop_words))

    def tokenize(self, text: str, **kwargs: Any) -> list[int]:
        """See `WordTokenizer`."""
        del kwargs
        words = split_words(text)
        for length in self._lengths:
            words = self._joined(words, length)
        return self._lookup.numbers(words)

    def save(self, output_path: str | Path) -> None:
        """See `WordTokenizer`."""
        config = {
            "vocab": list(self.vocab),
            "stop_words": sorted(self.stop_words),
            "do_lower_case": self.do_lower_case,
            "ngram_separator": self.ngram_separator,
            "max_ngram_length": self.max_ngram_length,
        }
        (Path(output_path) / CONFIG_FILE).write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, input_path: str | Path) -> Self:
        """See `WordTokenizer`."""
        return cls.from_folder(ModelFolder(Path(input_path)))

    @classmethod
    def from_folder(cls, folder: ModelFolder) -> Self:
        """See `WordTokenizer`."""
        config = folder.config(CONFIG_FILE)
        return cls(
            vocab=config.texts("vocab"),
            stop_words=config.texts("stop_words", default=[]),
            do_lower_case=config.boolean("do_lower_case", default=False),
            ngram_separator=config.text("ngram_separator", default="_"),
            max_ngram_length=config.integer("max_ngram_length", low=1, high=MAX_NGRAM_LENGTH, default=5),
        )

    def _use(self, lookup: WordLookup) -> None:
        self._lookup = lookup
        sizes = {word: word.count(self.ngram_separator) + 1 for word in lookup.vocab}
        self._phrases = {word for word, size in sizes.items() if 2 <= size <= self.max_ngram_length}
        self._lengths = sorted({sizes[phrase] for phrase in self._phrases}, reverse=True)

    def _joined(self, words: list[str], length: int) -> list[str]:
        """The words with every phrase of that many words joined, from left to right."""
        result: list[str] = []
        position = 0
        while position < len(words):
            phrase = self._phrase(words[position : position + length]) if position + length <= len(words) else None
            result.append(words[position] if phrase is None else phrase)
            position += 1 if phrase is None else length
        return result

    def _phrase(self, words: list[str]) -> str | None:
        written = self.ngram_separator.join(words)
        return next((form for form in (written, written.lower()) if form in self._phrases), None)
