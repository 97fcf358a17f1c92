"""A file mapped into memory, privately, and a way to read parts of it anew without keeping them in memory.

Knows bytes and pages. Does not know what the file holds.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import final

import torch
from torch import Tensor

# An entry of Linux's page map has 64 bits for each page: 61 is set where the page is still that of the file, 62 where
# it lies in the swap space, 63 where it is in memory.
_PAGE_MAP = Path("/proc/self/pagemap")
_ENTRY = 8
_OF_FILE, _SWAPPED, _PRESENT = 1 << 61, 1 << 62, 1 << 63


@final
class MappedFile:
    """A file, mapped twice: once to be used and perhaps written to, in memory alone; once to be read only.

    The first mapping is that of `bytes_B`. Pages of the second are let go again as soon as they have been read.

    Args:
        path: The file, not empty. It may be replaced afterwards.

    Raises:
        OSError: If it cannot be mapped.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            used = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            self._clean = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.bytes_B = torch.frombuffer(used, dtype=torch.uint8)
        self._clean_B = torch.frombuffer(self._clean, dtype=torch.uint8)
        self._tells = self._tells_written_pages()

    def read_unwritten(self, start: int, into_B: Tensor) -> bool:
        """Read a part of the file again; its pages do not stay in memory.

        Args:
            start: First byte.
            into_B: uint8, not empty: where the bytes go, and how many.

        Returns:
            False, with nothing read, where this system does not tell whether the part has been written to since, or
            where it has.
        """
        stop = start + len(into_B)
        if not self._tells or self._is_written(start, stop):
            return False
        into_B.copy_(self._clean_B[start:stop])
        first = start // mmap.PAGESIZE * mmap.PAGESIZE
        self._clean.madvise(mmap.MADV_DONTNEED, first, stop - first)
        return True

    def _is_written(self, start: int, stop: int) -> bool:
        # A page that was written to is a copy of the process's own: no longer the file's, or in the swap space.
        entries = _page_map(self.bytes_B[start:stop])
        return entries is None or any(
            entry & _SWAPPED or entry & (_PRESENT | _OF_FILE) == _PRESENT for entry in entries
        )

    def _tells_written_pages(self) -> bool:
        """Whether the system's page map works: a page that has just been read must be in it, as one of the file."""
        self._clean_B[0].item()
        entries = _page_map(self._clean_B[:1])
        return entries is not None and [entry & (_PRESENT | _OF_FILE) for entry in entries] == [_PRESENT | _OF_FILE]


def passing_memory(size: int) -> Tensor:
    """Take memory that goes back to the system when it is let go, which that of the allocator often does not.

    Args:
        size: Bytes, at least 1.

    Returns:
        uint8 [size], all 0.
    """
    return torch.frombuffer(mmap.mmap(-1, size, access=mmap.ACCESS_COPY), dtype=torch.uint8)


def _page_map(part_B: Tensor) -> memoryview | None:
    first = part_B.data_ptr() // mmap.PAGESIZE
    count = (part_B.data_ptr() + len(part_B) - 1) // mmap.PAGESIZE - first + 1
    try:
        with _PAGE_MAP.open("rb", buffering=0) as file:
            file.seek(first * _ENTRY)
            found = file.read(count * _ENTRY)
    except OSError:
        return None
    return memoryview(found).cast("Q") if len(found) == count * _ENTRY else None
