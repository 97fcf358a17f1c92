"""Sentences in several languages with the teacher's vector of the first one, to teach a student other languages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch.utils.data import IterableDataset

from likewise.errors import InputError
from likewise.readers.input_example import InputExample
from likewise.readers.lines import text_lines


class Teacher(Protocol):
    """A model that embeds texts."""

    def encode(self, sentences: Any, **options: Any) -> Any:
        """Embed texts, [N, D]."""


class ParallelSentencesDataset(IterableDataset[InputExample]):
    """Each translation of each sentence, with the teacher's vector of the source sentence as label.

    Sets are drawn by weight; each is gone through in random order, again and again, until as many examples are drawn as
    there are sentences.

    Args:
        student_model: Taken for the sake of the documented signature.
        teacher_model: Embeds the source sentences.
        batch_size: Rows of a batch for the teacher.
        use_embedding_cache: Whether the teacher's vectors are kept.

    Example:
        >>> class Lengths:
        ...     def encode(self, sentences, **options):
        ...         return np.array([[len(text)] for text in sentences])
        >>> dataset = ParallelSentencesDataset(None, Lengths())
        >>> dataset.add_dataset([["hello", "Hallo", "hi"]])
        >>> [(example.texts, example.label.tolist()) for example in dataset]
        [(['hello'], [5]), (['Hallo'], [5]), (['hi'], [5])]

    Reference:
        Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation,
        arXiv:2004.09813.
    """

    def __init__(
        self, student_model: Any, teacher_model: Teacher, batch_size: int = 8, use_embedding_cache: bool = True
    ) -> None:
        self.student_model = student_model
        self.teacher_model = teacher_model
        self.batch_size = batch_size
        self.use_embedding_cache = use_embedding_cache
        self.sets: list[list[list[str]]] = []
        self.weights: list[float] = []
        self._cache: dict[str, np.ndarray] = {}

    def load_data(
        self,
        filepath: str | Path,
        weight: int = 100,
        max_sentences: int | None = None,
        max_sentence_length: int | None = 128,
    ) -> None:
        """Add the lines of a file: the source sentence, a tab, and its translations, separated by tabs.

        Args:
            filepath: The file; `.gz` is read as well.
            weight: How often this set is drawn.
            max_sentences: Most lines.
            max_sentence_length: Longest sentence, in characters; lines with a longer one are left out.

        Raises:
            InputError: If no line is left, or the weight is not above 0; names the file.
        """
        rows = (line.split("\t") for line in text_lines(Path(filepath)))
        try:
            self.add_dataset(list(rows), weight, max_sentences, max_sentence_length)
        except InputError as error:
            raise InputError(f"{filepath}: {error.received}", accepted=error.accepted) from error

    def add_dataset(
        self,
        parallel_sentences: Sequence[Sequence[str]],
        weight: int = 100,
        max_sentences: int | None = None,
        max_sentence_length: int | None = 128,
    ) -> None:
        """Add a set.

        Args:
            parallel_sentences: A source sentence and its translations, for each row.
            weight: How often this set is drawn.
            max_sentences: Most rows.
            max_sentence_length: Longest sentence, in characters; rows with a longer one are left out.

        Raises:
            InputError: If no row is left, or the weight is not above 0.
        """
        longest = max_sentence_length or float("inf")
        kept = (list(row) for row in parallel_sentences if max(map(len, row), default=0) <= longest)
        rows = list(islice((row for row in kept if row and row[0].strip()), max_sentences))
        if not rows or weight <= 0:
            raise InputError(f"{len(rows)} rows with weight {weight}", accepted="at least one row, a weight above 0")
        self.sets.append(rows)
        self.weights.append(float(weight))

    def __iter__(self) -> Iterator[InputExample]:
        own = random.Random(random.getrandbits(64))
        endless = [self._endless(rows, own) for rows in self.sets]
        left = len(self)
        while left > 0:
            count = min(self.batch_size, left)
            drawn = [next(own.choices(endless, weights=self.weights)[0]) for _ in range(count)]
            for row, vector in zip(drawn, self._vectors([row[0] for row in drawn]), strict=True):
                for sentence in row:
                    if sentence.strip() and left > 0:
                        yield InputExample(texts=[sentence], label=vector)
                        left -= 1

    @staticmethod
    def _endless(rows: list[list[str]], own: random.Random) -> Iterator[list[str]]:
        while True:
            yield from own.sample(rows, len(rows))

    def _vectors(self, sentences: list[str]) -> list[np.ndarray]:
        if not self.use_embedding_cache:
            return list(self._teach(sentences))
        fresh = [text for text in dict.fromkeys(sentences) if text not in self._cache]
        if fresh:
            self._cache.update(zip(fresh, self._teach(fresh), strict=True))
        return [self._cache[text] for text in sentences]

    def _teach(self, sentences: list[str]) -> np.ndarray:
        return np.asarray(
            self.teacher_model.encode(
                sentences, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True
            )
        )

    def __len__(self) -> int:
        return sum(len(row) for rows in self.sets for row in rows)
