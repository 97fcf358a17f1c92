"""Rows that come a few at a time: written behind those of a file, in memory that doubles when it is full.

Does not know what the rows mean.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from likewise.search.mapped_rows import MappedRows

Rows = NDArray[Any]

_FIRST_ROWS = 16


@final
class GrowingRows:
    """Rows of one width: first those of a file, if there is one, which stays on disk; then those that were added.

    Args:
        width: Values of a row.
        dtype: Their type; in a file little-endian, one row after the other.
        file: The file.
        rows: How many rows of the file count; it may be longer.

    Example:
        >>> rows = GrowingRows(2, np.float32)
        >>> rows.append(np.array([[1, 2], [3, 4]]))
        >>> rows[np.array([1])]
        array([[3., 4.]], dtype=float32)
    """

    def __init__(self, width: int, dtype: DTypeLike, file: Path | None = None, rows: int = 0) -> None:
        self.width, self.dtype = width, np.dtype(dtype)
        self._first: Rows | MappedRows = np.empty((0, width), self.dtype)
        self._buffer: Rows = np.empty((0, width), self.dtype)
        self._added = 0
        if file is not None:
            self.read(file, rows)

    def __len__(self) -> int:
        return len(self._first) + self._added

    def __getitem__(self, which: slice | NDArray[np.int64]) -> Rows:
        """Rows from one to another, without a copy where possible, or rows by their numbers."""
        first, added = self._first, self._buffer[: self._added]
        if not len(first):
            return added[which]
        if isinstance(which, slice):
            start, stop, _ = which.indices(len(self))
            edge = len(first)
            if stop <= edge:
                return first[start:stop]
            if start >= edge:
                return added[start - edge : stop - edge]
            return np.concatenate([first[start:], added[: stop - edge]])
        taken = np.empty((len(which), self.width), self.dtype)
        old = which < len(first)
        taken[old] = first[which[old]]
        new = which >= len(first)
        taken[new] = added[which[new] - len(first)]
        return taken

    def append(self, rows: Rows) -> None:
        """Add rows.

        Args:
            rows: (N, width).
        """
        needed = self._added + len(rows)
        if needed > len(self._buffer):
            larger = np.empty((max(_FIRST_ROWS, needed, 2 * len(self._buffer)), self.width), self.dtype)
            larger[: self._added] = self._buffer[: self._added]
            self._buffer = larger
        self._buffer[self._added : needed] = rows
        self._added = needed

    def read(self, file: Path, rows: int) -> None:
        """Take the rows of a file, mapped into memory, in place of all that was here.

        Args:
            file: The file.
            rows: How many of its rows count; it has at least these.
        """
        self.clear()
        if not rows:
            return
        with file.open("rb") as stream:
            size = rows * self.width * self.dtype.itemsize
            pages = mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ)
        stored = np.frombuffer(pages, self.dtype.newbyteorder("<"))
        self._first = MappedRows(stored.reshape(rows, self.width), pages)

    def clear(self) -> None:
        """Drop all rows and let go of the file."""
        # The system unmaps a file when the last array that reads it is gone.
        self._first = self._buffer = np.empty((0, self.width), self.dtype)
        self._added = 0

    def let_go(self) -> None:
        """Let the system take back the memory in which pages of the file stand."""
        if isinstance(self._first, MappedRows):
            self._first.let_go()

    def write(self, file: Path) -> None:
        """Write all rows to a file, for `read`.

        Args:
            file: The file.
        """
        with file.open("wb") as stream:
            for part in (self._first, self._buffer[: self._added]):
                np.ascontiguousarray(part, self.dtype.newbyteorder("<")).tofile(stream)
