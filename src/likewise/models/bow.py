"""BoW: texts to vectors of word counts. Knows words and weights, no embedding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch

from likewise.errors import InputError
from likewise.hub.config_reader import ConfigReader
from likewise.models.module import Features, InputModule, Prepared
from likewise.models.tokenizer.whitespace_tokenizer import WhitespaceTokenizer
from likewise.models.tokenizer.word_tokenizer import WordTokenizer
from likewise.models.word_counts import weights_of

# Scheduling counts tokens, each of which is taken to cost a row of about this many numbers.
_NUMBERS_PER_TOKEN = 256


class BoW(InputModule):
    """Makes the `sentence_embedding` of a text from the words of a vocabulary that it holds, one dimension a word.

    Args:
        vocab: The words, looked up as written, then without punctuation, then in lower case. Repetitions are dropped.
        word_weights: Word to weight, such as its inverse document frequency.
        unknown_word_weight: Weight of words without one.
        cumulative_term_frequency: Whether a word counts each time it occurs, not once.

    Example:
        >>> BoW(["cat", "dog"], {"dog": 0.5}).tokenize(["A dog, a dog and a cat."])["sentence_embedding"]
        tensor([[1., 1.]])
    """

    config_keys: ClassVar[list[str]] = ["vocab", "word_weights", "unknown_word_weight", "cumulative_term_frequency"]
    save_in_root: ClassVar[bool] = False
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        vocab: Iterable[str],
        word_weights: Mapping[str, float] = MappingProxyType({}),
        unknown_word_weight: float = 1,
        cumulative_term_frequency: bool = True,
    ) -> None:
        super().__init__()
        words = vocab if isinstance(vocab, str) else list(dict.fromkeys(vocab))
        self._tokenizer: WordTokenizer = WhitespaceTokenizer(words, stop_words=(), do_lower_case=False)
        self.vocab = list(words)
        if not self.vocab:
            raise InputError("vocab is empty", accepted="at least one word")
        self.word_weights = dict(word_weights)
        self.unknown_word_weight = unknown_word_weight
        self.cumulative_term_frequency = cumulative_term_frequency
        self.weights = weights_of(self.vocab, self.word_weights, unknown_word_weight)
        self.sentence_embedding_dimension = len(self.vocab)

    @property
    def tokenizer(self) -> WordTokenizer:
        """The tokenizer; settable, its numbers are dimensions."""
        return self._tokenizer

    @tokenizer.setter
    def tokenizer(self, value: WordTokenizer) -> None:
        self._tokenizer = value

    @property
    def max_seq_length(self) -> None:
        """None: texts of any length are read whole."""
        return

    def accepts(self, value: object) -> bool:
        """Whether this is a text.

        Args:
            value: The input.

        Returns:
            True for a text, False for pairs and all else.
        """
        return isinstance(value, str)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Look words up.

        Args:
            inputs: Texts.
            prompt: Text put before each; its words count.
            task: Not used.

        Returns:
            The numbers of the words.
        """
        del task
        rows = [self._tokenizer.tokenize(prompt + text) for text in inputs]
        row_cost = -(-len(self.vocab) // _NUMBERS_PER_TOKEN)
        sizes = np.array([max(len(row), row_cost) for row in rows], dtype=np.int64)
        return Prepared(rows=rows, sizes=sizes, truncated=np.zeros(len(rows), dtype=bool))

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Count the words of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            `sentence_embedding` float32 [B, words].
        """
        counts = np.zeros((len(indices), len(self.vocab)), dtype=np.float32)
        weights = np.asarray(self.weights, dtype=np.float32)
        for at, index in enumerate(indices):
            numbers = np.asarray(prepared.rows[index], dtype=np.int64)
            if self.cumulative_term_frequency:
                np.add.at(counts[at], numbers, weights[numbers])
            else:
                counts[at, numbers] = weights[numbers]
        return {"sentence_embedding": torch.from_numpy(counts), **prepared.extras}

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Nothing is left to do: `collate` has made the vectors.

        Args:
            features: `sentence_embedding` [B, words].
            **kwargs: Taken and not used.

        Returns:
            The same features.
        """
        del kwargs
        return features

    def embedding_dimension(self) -> int:
        """Width of the sentence embedding.

        Returns:
            The number of words.
        """
        return len(self.vocab)

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the sentence embedding.

        Returns:
            The number of words.
        """
        return len(self.vocab)

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return len(self.vocab)

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        vocab = config.texts("vocab")
        if not vocab:
            raise config.fail("vocab", vocab, "at least one word")
        return {
            "vocab": vocab,
            "word_weights": config.numbers_by_text("word_weights", default={}),
            "unknown_word_weight": config.number("unknown_word_weight", default=1.0),
            "cumulative_term_frequency": config.boolean("cumulative_term_frequency", default=True),
        }
