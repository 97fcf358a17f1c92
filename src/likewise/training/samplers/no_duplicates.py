"""Batches without a text twice, so that no in-batch negative is a positive. Knows texts by a 64-bit number only.

Two texts with the same number would be kept apart for nothing; no row is ever lost for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from likewise.training.samplers.epoch import EpochBatchSampler
from likewise.training.samplers.group_by_label import LABELS

_CHUNK = 10_000
# How many postponed rows are tried for one batch, in batches: bounds the time where nearly all rows are alike.
_TRIED = 64


class NoDuplicatesBatchSampler(EpochBatchSampler):
    """Shuffled rows, cut into batches in which no text stands in two rows; a row that does not fit waits for the next.

    Every row is used once an epoch, in batches of the full size as long as there are rows that fit; what is left then
    makes smaller batches, which `drop_last` leaves out. The length is the number of batches of the epoch that is set.

    Args:
        dataset: Rows with named columns.
        batch_size: Rows of a batch.
        drop_last: Whether batches with fewer rows are left out.
        valid_label_columns: Columns that are not compared; None takes the usual names of labels.
        generator: Its initial seed is mixed into the order.
        seed: Seed of the order.
        precompute_hashes: Taken for the sake of the documented signature; texts are always hashed once.

    Example:
        >>> from datasets import Dataset
        >>> data = Dataset.from_dict({"anchor": ["a", "a", "b"], "positive": ["x", "y", "z"]})
        >>> sorted(len(batch) for batch in NoDuplicatesBatchSampler(data, batch_size=2, drop_last=False))
        [1, 2]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
        precompute_hashes: bool = True,
    ) -> None:
        del precompute_hashes
        super().__init__(len(dataset), batch_size, drop_last, generator, seed)
        self._hash_NC = hash_texts(dataset, exclude=LABELS if valid_label_columns is None else valid_label_columns)
        self._plan: tuple[tuple[int, int], list[list[int]]] | None = None

    def __iter__(self) -> Iterator[list[int]]:
        yield from self._batches()

    def __len__(self) -> int:
        return len(self._batches())

    def _batches(self) -> list[list[int]]:
        key = (self.seed, self.epoch)
        if self._plan is None or self._plan[0] != key:
            batches = list(apart(self._hash_NC, self.random().permutation(self.rows), self.batch_size))
            if self.drop_last:
                batches = [batch for batch in batches if len(batch) == self.batch_size]
            self._plan = (key, batches)
        return self._plan[1]


def hash_texts(dataset: Any, exclude: Sequence[str] = ()) -> np.ndarray:
    """One number for every text, equal for equal texts.

    Args:
        dataset: Rows with named columns.
        exclude: Columns to leave out.

    Returns:
        int64 [N, C], C being the other columns.

    Example:
        >>> from datasets import Dataset
        >>> hashes = hash_texts(Dataset.from_dict({"a": ["x", "y"], "b": ["y", "z"]}))
        >>> bool(hashes[1, 0] == hashes[0, 1]), hashes.shape
        (True, (2, 2))
    """
    names = [name for name in dataset.column_names if name not in exclude]
    hashes = np.empty((len(dataset), len(names)), dtype=np.int64)
    start = 0
    for chunk in _chunks(dataset):
        for place, name in enumerate(names):
            values = chunk[name]
            hashes[start : start + len(values), place] = [_number(value) for value in values]
        start += len(chunk[names[0]]) if names else 0
    return hashes


def _number(value: Any) -> int:
    return hash(value) if isinstance(value, str) else hash(repr(value))


def _chunks(dataset: Any) -> Iterator[dict[str, list[Any]]]:
    for start in range(0, len(dataset), _CHUNK):
        yield dataset[start : start + _CHUNK]


def apart(hash_NC: np.ndarray, order: np.ndarray, batch_size: int) -> Iterator[list[int]]:
    """Cut rows into batches in which no number stands in two rows.

    Args:
        hash_NC: int64 [N, C].
        order: int64 [N], the rows in the order to take them.
        batch_size: Rows of a batch.

    Yields:
        Row numbers of a batch, each row once in all; full batches as long as there are rows that fit.

    Example:
        >>> hashes = np.array([[1, 2], [1, 3], [4, 5]])
        >>> list(apart(hashes, np.arange(3), 2))
        [[0, 2], [1]]
    """
    waiting: list[int] = []
    position = 0
    while waiting or position < len(order):
        stop = position + batch_size - len(waiting)
        if stop > position and stop <= len(order):
            block = np.concatenate([np.asarray(waiting, dtype=np.int64), order[position:stop]])
            if _all_apart(hash_NC[block]):
                yield block.tolist()
                waiting, position = [], stop
                continue
        batch, waiting, position = _greedy(hash_NC, order, batch_size, waiting, position)
        yield batch


def _all_apart(hash_BC: np.ndarray) -> bool:
    values = np.sort(hash_BC, axis=None)
    if not (values[1:] == values[:-1]).any():
        return True
    # A text may stand twice in one row.
    within = sum(len(row) - len(set(row)) for row in hash_BC.tolist())
    return len(np.unique(values)) == values.size - within


def _greedy(
    hash_NC: np.ndarray, order: np.ndarray, batch_size: int, waiting: list[int], position: int
) -> tuple[list[int], list[int], int]:
    batch: list[int] = []
    seen: set[int] = set()
    again: list[int] = []
    tried = waiting[: _TRIED * batch_size]
    rest = waiting[_TRIED * batch_size :]
    for at, row in enumerate(tried):
        if len(batch) == batch_size:
            return batch, [*again, *tried[at:], *rest], position
        _place(row, hash_NC, batch, seen, again)
    while len(batch) < batch_size and position < len(order):
        _place(int(order[position]), hash_NC, batch, seen, again)
        position += 1
    return batch, [*rest, *again], position


def _place(row: int, hash_NC: np.ndarray, batch: list[int], seen: set[int], again: list[int]) -> None:
    texts = hash_NC[row].tolist()
    if seen.isdisjoint(texts):
        batch.append(row)
        seen.update(texts)
    else:
        again.append(row)
