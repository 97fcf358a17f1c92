"""Things that stand several times in a list, to be computed once. Knows values and places, not what is computed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

# Types whose equal values are the same input. A subclass might tell equal values apart.
_COMPARABLE = {str, tuple}
# Rows that are copied at once where a row goes to several places: no second copy of a large result comes about.
_BLOCK = 1024


@final
@dataclass(frozen=True, slots=True)
class Repeats:
    """Which of N things are equal, as U distinct ones, numbered by their first place, and the places of each.

    Args:
        first: int64 [U], the first place of each, ascending.
        order: int64 [N], all places, those of equal things together.
        starts: int64 [U + 1]; distinct thing u stands at `order[starts[u] : starts[u + 1]]`.
    """

    first: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of_inputs(cls, inputs: Sequence[Any]) -> Self | None:
        """Find equal texts and equal tuples of texts.

        Args:
            inputs: The inputs. If others than plain texts and tuples are among them, they are taken as all different.

        Returns:
            What is equal, or None if nothing is.

        Example:
            >>> repeats = Repeats.of_inputs(["a", "b", "a"])
            >>> repeats.first, repeats.places(np.array([0]))
            (array([0, 1]), (array([0, 2]), array([0, 0])))
        """
        if len(inputs) < 2 or not set(map(type, inputs)) <= _COMPARABLE:
            return None
        try:
            return cls.of_keys(inputs)
        except TypeError:  # a tuple of what has no hash
            return None

    @classmethod
    def of_keys(cls, keys: Sequence[Hashable]) -> Self | None:
        """Find equal keys.

        Args:
            keys: One for each thing.

        Returns:
            What is equal, or None if nothing is.
        """
        total = len(keys)
        # Mostly nothing is equal, and sorted hashes show that in little time and memory.
        hashes = np.sort(np.fromiter(map(hash, keys), dtype=np.int64, count=total))
        if not (hashes[1:] == hashes[:-1]).any():
            return None
        numbers: dict[Hashable, int] = {}
        number_of = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), dtype=np.int64, count=total)
        if len(numbers) == total:
            return None
        order = np.argsort(number_of, kind="stable")
        starts = np.zeros(len(numbers) + 1, dtype=np.int64)
        np.cumsum(np.bincount(number_of), out=starts[1:])
        return cls(order[starts[:-1]], order, starts)

    def places(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find all places of some distinct things.

        Args:
            numbers: int64 [n], which.

        Returns:
            int64 [P], the places, and int64 [P], which of the n stands there.
        """
        sizes = self.starts[numbers + 1] - self.starts[numbers]
        which = np.repeat(np.arange(len(numbers)), sizes)
        within = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.order[self.starts[numbers][which] + within], which


@final
@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of a batch go.

    Args:
        positions: int64 [P], positions in the call; each comes once.
        rows: int64 [P], the row of the batch that goes to each; None where rows and positions correspond one by one.

    Example:
        >>> places = Places(np.array([1, 0])).through(Repeats.of_inputs(["a", "b", "a"]))
        >>> places.positions, places.rows
        (array([1, 0, 2]), array([0, 1, 1]))
    """

    positions: np.ndarray
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def through(self, repeats: Repeats | None) -> Places:
        """Go on from distinct things to all their places.

        Args:
            repeats: What the positions are numbers of; None where they are places already.

        Returns:
            The same rows at all their places.
        """
        if repeats is None:
            return self
        positions, which = repeats.places(self.positions)
        return Places(positions, which if self.rows is None else self.rows[which])

    def moved(self, offset: int) -> Places:
        """Count positions from another start.

        Args:
            offset: The place of position 0.

        Returns:
            The same rows at the moved positions.
        """
        return Places(self.positions + offset, self.rows) if offset else self

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray | slice]]:
        """Give positions, and the index that takes their rows from the batch; at most some at once where rows repeat.

        Yields:
            int64 [n] and an index for n rows.
        """
        if self.rows is None:
            yield self.positions, slice(None)
            return
        for start in range(0, len(self.positions), _BLOCK):
            yield self.positions[start : start + _BLOCK], self.rows[start : start + _BLOCK]
