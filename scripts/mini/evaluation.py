"""How well cosine similarity ranks pairs that people have rated. Knows the development sets, not what is evaluated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from mini.texts import rows

SETS = {"STS-B dev": "stsb/stsb-dev.tsv.gz", "SICK dev": "sick/sick-dev.tsv.gz"}


@final
@dataclass(frozen=True, slots=True)
class Rated:
    """Pairs of sentences and how alike people find them.

    Args:
        first: One sentence of each pair.
        second: The other.
        ratings: float [N].
    """

    first: list[str]
    second: list[str]
    ratings: np.ndarray

    @classmethod
    def read(cls, path: Path, limit: int | None = None) -> Rated:
        """Read a set.

        Args:
            path: File with the columns `score`, `sentence1`, `sentence2`.
            limit: Most pairs, for a trial.

        Returns:
            The set.
        """
        table = list(itertools.islice(rows(path), limit))
        ratings = np.array([float(row["score"]) for row in table])
        return cls([row["sentence1"] for row in table], [row["sentence2"] for row in table], ratings)

    def spearman(self, encode: Callable[[Sequence[str]], np.ndarray]) -> float:
        """Rank correlation of cosine similarity with the ratings.

        Args:
            encode: Gives a vector for each text.

        Returns:
            Between -1 and 1.
        """
        first, second = (np.asarray(encode(texts), dtype=np.float64) for texts in (self.first, self.second))
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        cosine = (first * second).sum(1) / np.maximum(norms, 1e-12)
        return float(np.corrcoef(ranks(cosine), ranks(self.ratings))[0, 1])


def ranks(values: np.ndarray) -> np.ndarray:
    """The rank of each value, equal ones sharing the mean of theirs.

    Args:
        values: float [N].

    Returns:
        float [N].
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def read_sets(data: Path, limit: int | None = None) -> dict[str, Rated]:
    """Read the development sets.

    Args:
        data: The data folder.
        limit: Most pairs of each, for a trial.

    Returns:
        The sets by name.
    """
    return {name: Rated.read(data / path, limit) for name, path in SETS.items()}
