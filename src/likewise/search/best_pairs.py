"""The best pairs of rows so far: each pair once, best first, equal scores by the lower rows. Numpy only.

Does not know where scores come from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from likewise.search.top_k import Floats, Ids

_SETTLE_AT = 2**18  # pairs that wait: so many that sorting them costs little for each


@final
@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of different rows of one set.

    Args:
        first: The lower row of each pair, int64.
        second: The higher row of each pair, int64.
        scores: Score of each pair, float32.
    """

    first: Ids
    second: Ids
    scores: Floats

    def __len__(self) -> int:
        return len(self.first)


@final
class BestPairs:
    """Keeps the best of the pairs that are added.

    Args:
        most: Number of pairs to keep, at least 1.

    Example:
        >>> best = BestPairs(1)
        >>> best.add(np.array([3, 0]), np.array([1, 3]), np.array([0.5, 0.9], np.float32))
        >>> best.add(np.array([3]), np.array([0]), np.array([0.9], np.float32))
        >>> found = best.result()
        >>> found.first.tolist(), found.second.tolist()
        ([0], [3])
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        self._waiting: list[Pairs] = []
        self._count = 0

    def add(self, left: Ids, right: Ids, scores: Floats) -> None:
        """Add pairs; those that are held already count once.

        Args:
            left: One row of each pair.
            right: The other row, never the same one.
            scores: Their scores.
        """
        self._waiting.append(Pairs(np.minimum(left, right), np.maximum(left, right), scores))
        self._count += len(scores)
        if self._count > max(self._most, _SETTLE_AT):
            self._settle()

    @property
    def floor(self) -> float:
        """A score below which no further pair is kept; minus infinity until there are enough.

        Returns:
            The score. It may lag behind what was added last.
        """
        return float(self._held.scores[-1]) if len(self._held) == self._most else -math.inf

    def result(self) -> Pairs:
        """The best pairs.

        Returns:
            At most as many as were asked for, best first.
        """
        self._settle()
        return self._held

    def _settle(self) -> None:
        parts = [self._held, *self._waiting]
        self._waiting, self._count = [], 0
        first = np.concatenate([part.first for part in parts])
        second = np.concatenate([part.second for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        order = np.lexsort((second, first, -scores))
        first, second, scores = first[order], second[order], scores[order]
        # A pair may come from both of its rows; its scores may differ by a rounding error, of which the larger counts.
        keys = first * (second.max(initial=0) + 1) + second
        kept = np.sort(np.unique(keys, return_index=True)[1])[: self._most]
        self._held = Pairs(first[kept], second[kept], scores[kept])
