"""From a word as it stands in a text to its number in a vocabulary. Knows no text and no folder."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import Any, final

from likewise.errors import InputTypeError


@final
class WordLookup:
    """Finds words as written, then without punctuation around them, then in lower case.

    Args:
        vocab: The words; the number of a word is its place (the last, if it stands twice).
        stop_words: Words that are dropped, in whichever of the three forms.

    Raises:
        InputTypeError: If either is not a list of words.

    Example:
        >>> lookup = WordLookup(["cat", "Dog"], {"the"})
        >>> [lookup.number(word) for word in ("Cat!", "Dog", "dog", "The")]
        [0, 1, None, None]
    """

    def __init__(self, vocab: Iterable[str], stop_words: Iterable[str]) -> None:
        self.vocab: Sequence[str] = _checked_words("vocab", vocab)
        self.stop_words = frozenset(_checked_words("stop_words", stop_words))
        self.number_of = {word: number for number, word in enumerate(self.vocab)}

    def number(self, word: str) -> int | None:
        """Look a word up.

        Args:
            word: The word as written.

        Returns:
            Its number, or None if it is a stop word or not in the vocabulary.
        """
        bare = word.strip(string.punctuation)
        for form in (word, bare, bare.lower()):
            if form in self.stop_words:
                return None
            if form and form in self.number_of:
                return self.number_of[form]
        return None

    def numbers(self, words: Iterable[str]) -> list[int]:
        """Look words up.

        Args:
            words: The words as written.

        Returns:
            The numbers of those that have one, in order.
        """
        return [number for number in map(self.number, words) if number is not None]


def _checked_words(name: str, words: Any) -> list[str]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise InputTypeError(f"{name}={words!r}", accepted="a list of words", fix=f"{name}=['cat', 'dog']")
    result = list(words)
    wrong = next((word for word in result if not isinstance(word, str)), None)
    if wrong is not None or None in result:
        raise InputTypeError(f"{name} holds {wrong!r}", accepted="a list of words")
    return result
