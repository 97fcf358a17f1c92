"""Rows of a file that is mapped into memory, read without that memory growing by all that was read of the file.

The system counts each page of a mapped file that was read as memory of the process, and takes it back only when memory
is short, or when it is told to. Letting go of a page loses nothing as long as nobody can have changed it in memory
alone: it is read from the file again. Knows arrays and pages. Does not know what rows mean.
"""

from __future__ import annotations

import mmap
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]

MOST_HELD = 2**28
_WINDOW_BITS = 21  # of each 2 MB of the file, the system may map all for one row
_TAKEN_AT_ONCE = 128


@final
class MappedRows:
    """Rows of a memory map; what was read of it is let go of whenever it has become `most_held` bytes.

    Reads like the array of rows, except for writing. Rows that were handed out stay valid.

    Args:
        rows: (N, dim), a view of the map.
        pages: The map, of which no page was changed in memory alone.
        most_held: Bytes.

    Example:
        >>> pages = mmap.mmap(-1, 8, access=mmap.ACCESS_READ)
        >>> MappedRows(np.frombuffer(pages, np.float32).reshape(1, 2), pages)[0:1]
        array([[0., 0.]], dtype=float32)
    """

    def __init__(self, rows: Rows, pages: mmap.mmap, most_held: int = MOST_HELD) -> None:
        self._rows = np.asarray(rows)
        self._pages = pages
        self._most_held = most_held
        self._row_bytes = _row_bytes(rows)
        self._read = 0
        self.shape, self.dtype, self.ndim = rows.shape, rows.dtype, rows.ndim

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, which: Any) -> Rows:
        """Rows from one to another, without a copy, or a copy of rows by their numbers."""
        if not isinstance(which, np.ndarray) or which.dtype == np.bool_:
            found: Rows = self._rows[which]
            self._note(len(found) * self._row_bytes)
            return found
        taken = np.empty((len(which), *self.shape[1:]), self.dtype)
        for start in range(0, len(which), _TAKEN_AT_ONCE):
            some = which[start : start + _TAKEN_AT_ONCE]
            taken[start : start + _TAKEN_AT_ONCE] = self._rows[some]
            windows = some * self._row_bytes >> _WINDOW_BITS
            self._note((1 + int(np.count_nonzero(np.diff(windows))) << _WINDOW_BITS) + len(some) * self._row_bytes)
        return taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Rows:
        """All rows, still mapped."""
        return np.array(self._rows, dtype, copy=copy)

    def let_go(self) -> None:
        """Let the system take back the memory in which pages of the file stand."""
        self._read = 0
        if hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)

    def _note(self, count: int) -> None:
        self._read += count
        if self._read > self._most_held:
            self.let_go()


def mapped_rows(rows: Any, most_held: int = MOST_HELD) -> Any:
    """Rows that do not pile up in memory as they are read, if they are those of a memory map that this is safe for.

    That is a map that nobody can write to, or whose changes go to the file. The changes in a private one (mode "c")
    would be lost.

    Args:
        rows: Rows, (N, dim), or anything else.
        most_held: Bytes that may stay in memory; rows that are no larger are returned as they are.

    Returns:
        `MappedRows`, or what was given.

    Example:
        >>> mapped_rows(np.zeros((1, 2)))
        array([[0., 0.]])
    """
    if not isinstance(rows, np.ndarray) or len(rows) * _row_bytes(rows) <= most_held:
        return rows
    pages = _pages_of(rows)
    return rows if pages is None else MappedRows(rows, pages, most_held)


def _row_bytes(rows: Rows) -> int:
    """From one row to the next, or of a row, if that is more."""
    return max(abs(rows.strides[0]), rows.itemsize * int(rows.shape[-1]))


def _pages_of(rows: Rows) -> mmap.mmap | None:
    """The map that an array is a view of, if its pages may be let go of."""
    written_to_the_file = False
    owner: Any = rows
    while isinstance(owner, np.ndarray | memoryview):
        written_to_the_file |= isinstance(owner, np.memmap) and owner.mode in ("r+", "w+")
        owner = owner.base if isinstance(owner, np.ndarray) else owner.obj
    if not isinstance(owner, mmap.mmap):
        return None
    with memoryview(owner) as view:
        return owner if view.readonly or written_to_the_file else None
