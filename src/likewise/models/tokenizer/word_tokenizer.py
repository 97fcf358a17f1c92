"""The contract of word tokenizers. Knows words and folders, no embedding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from likewise.hub.folder import ModelFolder


class WordTokenizer(ABC):
    """Turns a text into the numbers of its words in a vocabulary; words outside it are dropped.

    Example:
        >>> from likewise.models.tokenizer import WhitespaceTokenizer
        >>> isinstance(WhitespaceTokenizer(["cat"]), WordTokenizer)
        True
    """

    @abstractmethod
    def set_vocab(self, vocab: Iterable[str]) -> None:
        """Replace the vocabulary.

        Args:
            vocab: The words; the number of a word is its place.
        """

    @abstractmethod
    def get_vocab(self) -> Sequence[str]:
        """The vocabulary.

        Returns:
            The words, by number.
        """

    @abstractmethod
    def tokenize(self, text: str, **kwargs: Any) -> list[int]:
        """Turn a text into numbers.

        Args:
            text: The text.
            **kwargs: Taken and not used.

        Returns:
            The numbers of the words of the vocabulary, in the order of the text.
        """

    @abstractmethod
    def save(self, output_path: str | Path) -> None:
        """Write the tokenizer.

        Args:
            output_path: An existing directory.
        """

    @classmethod
    @abstractmethod
    def load(cls, input_path: str | Path) -> Self:
        """Read a tokenizer.

        Args:
            input_path: The directory it was saved to.

        Returns:
            The tokenizer.
        """

    @classmethod
    def from_folder(cls, folder: ModelFolder) -> Self:
        """Read a tokenizer from an opened folder.

        Args:
            folder: The folder of the module that uses it.

        Returns:
            The tokenizer.
        """
        return cls.load(folder.path)
