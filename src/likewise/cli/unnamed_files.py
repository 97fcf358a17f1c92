"""Texts and embeddings of a command in files without a name, which are gone with the process, however it ends.

Knows records and rows, not where they come from or what they are for.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from likewise.errors import OutputError
from likewise.texts.tables import Record

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it

_READ_AT_ONCE = 2**20  # bytes


@final
class UnnamedFile:
    """A file that nothing else can open.

    Args:
        folder: Where it takes its room; None is the system's folder for such files.

    Raises:
        OutputError: If it cannot be made.
    """

    def __init__(self, folder: Path | None) -> None:
        self._place = folder or Path(tempfile.gettempdir())
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - goes when the object does
        except OSError as error:
            raise self._fail(error) from error

    def append(self, data: bytes | memoryview) -> None:
        """Write behind what is there.

        Args:
            data: What to write.

        Raises:
            OutputError: If there is no room.
        """
        try:
            self._file.write(data)
        except OSError as error:
            raise self._fail(error) from error

    def read(self, start: int, stop: int) -> bytes:
        """Read a part.

        Args:
            start: Its first byte.
            stop: The byte after its last.

        Returns:
            The bytes.
        """
        self._file.seek(start)
        return self._file.read(stop - start)

    def mapped(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray:
        """All of it as an array, to read.

        Args:
            dtype: Type of the numbers.
            shape: Shape of the array.

        Returns:
            A memory map, which keeps the room that the file takes.

        Raises:
            OutputError: If there was no room for the last of it.
        """
        import numpy as np

        try:
            self._file.flush()
        except OSError as error:
            raise self._fail(error) from error
        return np.memmap(self._file, dtype, "r", shape=shape)

    def _fail(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._place}: no room for texts and embeddings: {error.strerror or error}",
            accepted="a folder that can be written, with room for both",
            fix="-o on another disk, or TMPDIR=FOLDER likewise ... where there is no -o",
        )


@final
class UnnamedRecords(Sequence[Record]):
    """Records on disk; memory holds 8 bytes for each, and the names of their files.

    Args:
        folder: Where they take their room; None is the system's folder for such files.

    Example:
        >>> records = UnnamedRecords(None)
        >>> records.append(Record("one", 1, "notes.txt"))
        >>> records[0].text
        'one'
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = UnnamedFile(folder)
        self._ends = array("q", [0])
        self._sources: dict[str, int] = {}
        self._names: list[str] = []

    @property
    def sources(self) -> Sequence[str]:
        """Names of all files that records are from."""
        return self._names

    @property
    def texts(self) -> Sequence[str]:
        """The texts alone, read as they are asked for."""
        return _Texts(self)

    def append(self, record: Record) -> None:
        """Add a record.

        Args:
            record: The record.

        Raises:
            OutputError: If there is no room.
        """
        number = self._sources.setdefault(record.source, len(self._names))
        if number == len(self._names):
            self._names.append(record.source)
        values = [record.text, record.line, number, *([dict(record.columns)] if record.columns else [])]
        # A column may hold half of a surrogate pair, which a text may not.
        data = f"{json.dumps(values, ensure_ascii=False)}\n".encode("utf-8", "surrogatepass")
        self._file.append(data)
        self._ends.append(self._ends[-1] + len(data))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: Any) -> Any:
        """The record of a row from 0."""
        row = range(len(self))[row]
        return self._record(self._file.read(self._ends[row], self._ends[row + 1]))

    def __iter__(self) -> Iterator[Record]:
        first, ends = 0, self._ends
        while first < len(self):
            last = max(first + 1, bisect_right(ends, ends[first] + _READ_AT_ONCE) - 1)
            for line in self._file.read(ends[first], ends[last]).splitlines():
                yield self._record(line)
            first = last

    def _record(self, line: bytes) -> Record:
        text, number, source, *columns = json.loads(line.decode("utf-8", "surrogatepass"))
        return Record(text, number, self._names[source], columns[0] if columns else None)


@final
class UnnamedRows:
    """Embeddings on disk.

    Args:
        folder: Where they take their room; None is the system's folder for such files.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = UnnamedFile(folder)
        self._count = 0
        self._like: np.ndarray | None = None

    def append(self, rows: np.ndarray) -> None:
        """Add rows.

        Args:
            rows: [N, D], of one type and width.

        Raises:
            OutputError: If there is no room.
        """
        import numpy as np

        self._file.append(np.ascontiguousarray(rows).data)
        self._count += len(rows)
        self._like = rows[:0]

    def mapped(self) -> np.ndarray:
        """All rows.

        Returns:
            [N, D], a memory map.

        Raises:
            OutputError: If there was no room.
        """
        import numpy as np

        like = np.empty((0, 0), np.float32) if self._like is None else self._like
        if not self._count or not like.shape[1]:
            return np.empty((self._count, like.shape[1]), like.dtype)
        return self._file.mapped(like.dtype, (self._count, like.shape[1]))


@final
class _Texts(Sequence[str]):
    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, row: Any) -> Any:
        return self._records[row].text

    def __iter__(self) -> Iterator[str]:
        return (record.text for record in self._records)
