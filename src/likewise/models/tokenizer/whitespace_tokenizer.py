"""Words between white space. Knows vocabulary and stop words, no embedding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from likewise.hub.folder import ModelFolder
from likewise.models.tokenizer.stop_words import ENGLISH_STOP_WORDS
from likewise.models.tokenizer.word_lookup import WordLookup
from likewise.models.tokenizer.word_tokenizer import WordTokenizer

CONFIG_FILE = "whitespacetokenizer_config.json"


class WhitespaceTokenizer(WordTokenizer):
    """Splits at white space; looks each word up as written, then without punctuation around it, then in lower case.

    Args:
        vocab: The words; the number of a word is its place.
        stop_words: Words that are dropped.
        do_lower_case: Whether the text is put into lower case first.

    Example:
        >>> WhitespaceTokenizer(["cat", "dog"]).tokenize("The cat and the Dog!")
        [0, 1]
    """

    def __init__(
        self,
        vocab: Iterable[str] = (),
        stop_words: Iterable[str] = ENGLISH_STOP_WORDS,
        do_lower_case: bool = False,
    ) -> None:
        self._lookup = WordLookup(vocab, stop_words)
        self.do_lower_case = do_lower_case

    @property
    def vocab(self) -> Sequence[str]:
        """The words, by number."""
        return self._lookup.vocab

    @property
    def word2idx(self) -> dict[str, int]:
        """Word to number."""
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
        self._lookup = WordLookup(vocab, self._lookup.stop_words)

    def tokenize(self, text: str, **kwargs: Any) -> list[int]:
        """See `WordTokenizer`."""
        del kwargs
        return self._lookup.numbers((text.lower() if self.do_lower_case else text).split())

    def save(self, output_path: str | Path) -> None:
        """See `WordTokenizer`."""
        config = {
            "vocab": list(self.vocab),
            "stop_words": sorted(self.stop_words),
            "do_lower_case": self.do_lower_case,
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
        )
