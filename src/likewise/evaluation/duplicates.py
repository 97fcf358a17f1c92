"""Which sentences are duplicates of which, checked and numbered. Does not know models or metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError

_logger = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs of sentences that mean the same.

    Args:
        sentences: Number of sentences.
        count: Number of pairs of duplicates, each once.
        keys: `lower * sentences + higher` of each pair that was given, sorted, int64.
        groups: Number of the group of each sentence, whose members are all duplicates of each other, int64; None where
            only the pairs that were given are duplicates.
    """

    sentences: int
    count: int
    keys: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, ids: Iterable[Any], pairs: Any = None, mapping: Any = None, *, closed: bool = False) -> Duplicates:
        """Check and number duplicates.

        Args:
            ids: Ids of all sentences.
            pairs: Pairs of ids.
            mapping: Id to the ids of its duplicates, or to a mapping from these to whether they are. One direction is
                enough.
            closed: Whether duplicates of duplicates are duplicates, too.

        Returns:
            The duplicates. Pairs with an id that is not among the sentences, and pairs of a sentence with itself, are
            left out, with a warning.

        Raises:
            InputError: If there is no pair of two known sentences.
            InputTypeError: If pairs or the mapping have another form.

        Example:
            >>> found = Duplicates.of("abc", pairs=[("a", "b"), ("c", "b"), ("b", "a")])
            >>> found.count, found.contain(np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
            (2, [True, False, True])
        """
        numbers = {name: number for number, name in enumerate(ids)}
        given = list(_pairs(pairs, mapping))
        known = [(numbers[a], numbers[b]) for a, b in given if a in numbers and b in numbers and a != b]
        if len(known) < len(given):
            _logger.warning(
                "%d of %d duplicates are left out: an id is unknown, or both are the same.",
                len(given) - len(known),
                len(given),
            )
        if not known:
            raise InputError(
                f"no duplicates among {len(numbers)} sentences ({len(given)} pairs given)",
                accepted="at least one pair of different ids of sentences_map",
                fix="duplicates_list=[(id1, id2), ...]",
            )
        array = np.array(known, np.int64)
        keys = np.unique(array.min(1) * len(numbers) + array.max(1))
        if not closed:
            return cls(len(numbers), len(keys), keys)
        groups = _components(len(numbers), array)
        sizes = np.bincount(groups)
        return cls(len(numbers), int((sizes * (sizes - 1) // 2).sum()), keys, groups)

    def contain(self, lower: NDArray[np.int64], higher: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Look pairs up.

        Args:
            lower: The lower number of each pair.
            higher: The higher one.

        Returns:
            Whether each pair are duplicates.
        """
        if self.groups is not None:
            same: NDArray[np.bool_] = self.groups[lower] == self.groups[higher]
            return same
        return np.isin(lower * self.sentences + higher, self.keys)


def _pairs(pairs: Any, mapping: Any) -> Iterator[tuple[Any, Any]]:
    for pair in pairs or ():
        if isinstance(pair, str) or len(pair) != 2:
            raise InputTypeError(f"duplicates_list holds {pair!r}", accepted="pairs of ids")
        yield pair[0], pair[1]
    if mapping is not None and not isinstance(mapping, Mapping):
        raise InputTypeError(f"duplicates_dict is a {type(mapping).__name__}", accepted="a dict of dicts")
    for name, others in (mapping or {}).items():
        if isinstance(others, str) or not isinstance(others, Iterable):
            raise InputTypeError(f"duplicates_dict[{name!r}]={others!r}", accepted="{id: True, ...}, or ids")
        for other in others:
            if not isinstance(others, Mapping) or others[other]:
                yield name, other


def _components(sentences: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the group of each sentence, where groups are what pairs connect."""
    parent = list(range(sentences))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in pairs.tolist():
        parent[root(left)] = root(right)
    return np.unique([root(node) for node in range(sentences)], return_inverse=True)[1].astype(np.int64)
