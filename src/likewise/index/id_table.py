"""Which id belongs to which row of an engine, and which rows are no longer there.

Rows count from 0 in the order in which they were added and never change. Knows no engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError
from likewise.index.growing_rows import GrowingRows
from likewise.index.protocol import NOTHING, Ids

_IDS, _REMOVED = "ids.npy", "removed.npy"
_FEW = 4096
_RECENT_SHARE = 8


@final
class IdTable:
    """Ids by row and rows by id.

    Args:
        ids: Id of each row, (rows,), int64.
        removed: Rows that are no longer there.
        first_free: A number above all ids that there ever were.

    Example:
        >>> table = IdTable()
        >>> table.append(np.array([7, 3]))
        >>> table.rows_of(np.array([3, 4])).tolist(), table.first_free
        ([1, -1], 8)
    """

    def __init__(self, ids: Ids | None = None, removed: Ids | None = None, first_free: int = 0) -> None:
        self._ids = GrowingRows(1, np.int64)
        self._there = GrowingRows(1, np.bool_)
        self._ascending = True
        self._count = 0
        self._last = NOTHING
        self._in_order: Ids | None = None
        # Rows in the order of their ids: of the older rows, and of the recent ones, which are few.
        self._older = self._recent = np.empty(0, np.int64)
        self.first_free = first_free
        if ids is not None:
            self.append(ids)
        if removed is not None:
            self.drop(removed)

    def __len__(self) -> int:
        """How many rows are there."""
        return self._count

    @property
    def rows(self) -> int:
        """How many rows there ever were."""
        return len(self._ids)

    @property
    def ids(self) -> Ids:
        """Id of each row that there ever was, (rows,)."""
        return self._ids[:][:, 0]

    @property
    def there(self) -> NDArray[np.bool_]:
        """Whether each row is still there, (rows,)."""
        return self._there[:][:, 0]

    @property
    def removed(self) -> Ids:
        """Rows that are no longer there, ascending."""
        return np.flatnonzero(~self.there)

    def append(self, ids: Ids) -> None:
        """Add rows.

        Args:
            ids: Id of each, none of which is there.
        """
        if not len(ids):
            return
        self._in_order = None
        first = self.rows
        steps = np.diff(ids, prepend=self._last)
        self._ids.append(ids[:, None])
        self._there.append(np.ones((len(ids), 1), np.bool_))
        self._count += len(ids)
        self.first_free = max(self.first_free, int(ids.max()) + 1)
        if self._ascending and (steps > 0).all():
            self._last = int(ids[-1])
            return
        if self._ascending:
            self._ascending, self._older = False, np.arange(first)
        recent = np.concatenate([self._recent, np.arange(first, first + len(ids))])
        if len(recent) > max(_FEW, self.rows // _RECENT_SHARE):
            recent, self._recent = np.concatenate([self._older, recent]), recent[:0]
            self._older = self._sorted(recent)
        else:
            self._recent = self._sorted(recent)

    def rows_of(self, ids: Ids) -> Ids:
        """Find rows.

        Args:
            ids: Ids, (N,).

        Returns:
            The row of each that is there, -1 for the others, (N,).
        """
        if self._ascending:
            return self._those_there(_find(self.ids, None, ids))
        all_ids = self.ids
        older = _find(all_ids[self._older], self._older, ids)
        recent = _find(all_ids[self._recent], self._recent, ids)
        return self._those_there(np.where(recent >= 0, recent, older))

    def present(self, ids: Ids) -> NDArray[np.bool_]:
        """Say which ids are there.

        Args:
            ids: Ids, (N,).

        Returns:
            Whether each is there, (N,).
        """
        if not ids.size or ids.min() >= self.first_free:
            return np.zeros(len(ids), np.bool_)
        return self.rows_of(ids) >= 0

    def drop(self, rows: Ids) -> None:
        """Say that rows are no longer there.

        Args:
            rows: Different rows that are there.
        """
        there = self.there
        there[rows] = False
        self._count = int(there.sum())
        self._in_order = None

    def in_order(self) -> Ids | None:
        """The rows that are there, in the order of their ids.

        Returns:
            Rows; None if these are all rows that there ever were as they come.
        """
        if self._ascending and self._count == self.rows:
            return None
        if self._in_order is None:
            rows = np.flatnonzero(self.there)
            self._in_order = rows if self._ascending else self._sorted(rows)
        return self._in_order

    def write(self, folder: Path) -> None:
        """Write the table.

        Args:
            folder: The folder of the index.
        """
        np.save(folder / _IDS, self.ids)
        np.save(folder / _REMOVED, self.removed)

    @classmethod
    def read(cls, folder: Path, first_free: int) -> IdTable:
        """Read what `write` wrote.

        Args:
            folder: The folder of the index.
            first_free: A number above all ids that there ever were.

        Returns:
            The table.

        Raises:
            CheckpointError: If the files do not hold ids.
        """
        try:
            ids, removed = (np.load(folder / name, allow_pickle=False) for name in (_IDS, _REMOVED))
            return cls(ids, removed, first_free)
        except (OSError, ValueError, IndexError, TypeError) as error:
            raise CheckpointError(f"{folder}: {_IDS} or {_REMOVED} holds no ids: {error}") from error

    def _sorted(self, rows: Ids) -> Ids:
        return rows[np.argsort(self.ids[rows], kind="stable")]

    def _those_there(self, rows: Ids) -> Ids:
        found = rows >= 0
        found[found] = self.there[rows[found]]
        return np.where(found, rows, NOTHING)


def _find(keys: Ids, rows: Ids | None, ids: Ids) -> Ids:
    """The row of each id, the latest if it stands several times; -1 if it does not."""
    if not len(keys):
        return np.full(len(ids), NOTHING, np.int64)
    at = np.searchsorted(keys, ids, side="right") - 1
    found = keys[at] == ids  # a place of -1 is the last key, which is above the id then
    return np.where(found & (at >= 0), at if rows is None else rows[at], NOTHING)
