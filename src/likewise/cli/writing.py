"""Embeddings to npy, parquet or jsonl, piece by piece in bounded memory. Knows files, not where embeddings are from."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO, final

import numpy as np

from likewise._optional import require
from likewise.errors import InputError, LikewiseError, OutputError
from likewise.hub.atomic import write_file_atomic

STDOUT = "-"


class EmbeddingWriter(ABC):
    """Takes embeddings in order, and finishes the file."""

    @abstractmethod
    def add(self, texts: Sequence[str], embeddings: np.ndarray) -> None:
        """Write some rows.

        Args:
            texts: The texts.
            embeddings: Their embeddings [N, D], of one type and width in all calls.
        """

    @abstractmethod
    def finish(self) -> None:
        """Write what stands at the end of the file."""


@final
class NpyWriter(EmbeddingWriter):
    """One array [N, D], without the texts. The header, which holds N, is written last, into its place.

    Args:
        file: An empty file that can be seeked.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rows = 0
        self._like: np.ndarray | None = None

    def add(self, texts: Sequence[str], embeddings: np.ndarray) -> None:
        """Write some rows.

        Args:
            texts: Not written.
            embeddings: [N, D].
        """
        del texts
        if self._like is None:
            self._like = embeddings[:0]
            self._write_header()
        self._file.write(np.ascontiguousarray(embeddings).data)
        self._rows += len(embeddings)

    def finish(self) -> None:
        """Write the header with the number of rows."""
        length = self._file.tell()
        self._file.seek(0)
        self._write_header()
        self._file.seek(length)

    def _write_header(self) -> None:
        like = self._like if self._like is not None else np.zeros((0, 0), np.float32)
        header = np.lib.format.header_data_from_array_1_0(like)
        # numpy pads headers so that the first dimension can grow in place.
        np.lib.format.write_array_header_1_0(self._file, {**header, "shape": (self._rows, like.shape[1])})


@final
class JsonlWriter(EmbeddingWriter):
    """An object per line, with `text` and `embedding`. Numbers are as short as gives the same float32 back.

    Args:
        write: Takes a line, with its end.
        with_text: Whether the texts are written.
    """

    def __init__(self, write: Callable[[str], object], *, with_text: bool = True) -> None:
        self._write = write
        self._with_text = with_text

    def add(self, texts: Sequence[str], embeddings: np.ndarray) -> None:
        """Write some rows.

        Args:
            texts: The texts.
            embeddings: [N, D].
        """
        floats = embeddings.dtype.kind == "f"
        for text, row in zip(texts, embeddings.tolist(), strict=True):
            numbers = ", ".join(f"{number:.9g}" if floats else str(number) for number in row)
            head = f'"text": {json.dumps(text, ensure_ascii=False)}, ' if self._with_text else ""
            self._write(f'{{{head}"embedding": [{numbers}]}}\n')

    def finish(self) -> None:
        """Nothing stands at the end of such a file."""


@final
class ParquetWriter(EmbeddingWriter):
    """The columns `text` and `embedding`, a list of D numbers.

    Args:
        file: An empty file.
        with_text: Whether the texts are written.

    Raises:
        MissingDependencyError: If pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO, *, with_text: bool = True) -> None:
        self._arrow = require("pyarrow", extra="parquet")
        self._parquet = require("pyarrow.parquet", extra="parquet")
        self._file = file
        self._with_text = with_text
        self._writer: Any = None

    def add(self, texts: Sequence[str], embeddings: np.ndarray) -> None:
        """Write some rows.

        Args:
            texts: The texts.
            embeddings: [N, D].
        """
        flat = self._arrow.array(np.ascontiguousarray(embeddings).reshape(-1))
        columns = {"embedding": self._arrow.FixedSizeListArray.from_arrays(flat, embeddings.shape[1])}
        if self._with_text:
            columns = {"text": self._arrow.array(list(texts), type=self._arrow.string()), **columns}
        table = self._arrow.table(columns)
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)

    def finish(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


@final
class CountingWriter(EmbeddingWriter):
    """Passes rows on, and says how far it was when the system refuses to write.

    Args:
        path: The file, for messages.
        writer: What writes.
    """

    def __init__(self, path: Path, writer: EmbeddingWriter) -> None:
        self._path = path
        self._writer = writer
        self._rows = 0

    def add(self, texts: Sequence[str], embeddings: np.ndarray) -> None:
        """Write some rows.

        Args:
            texts: The texts.
            embeddings: [N, D].
        """
        with _reported(self._path, self._rows):
            self._writer.add(texts, embeddings)
        self._rows += len(embeddings)

    def finish(self) -> None:
        """Write what stands at the end of the file."""
        with _reported(self._path, self._rows):
            self._writer.finish()


_FILE_WRITERS: dict[str, Callable[[BinaryIO, bool], EmbeddingWriter]] = {
    ".npy": lambda file, with_text: NpyWriter(file),
    ".parquet": lambda file, with_text: ParquetWriter(file, with_text=with_text),
    ".jsonl": lambda file, with_text: JsonlWriter(lambda line: file.write(line.encode()), with_text=with_text),
}


def check_output(name: str, with_text: bool | None) -> None:
    """Refuse an output before anything is computed.

    Args:
        name: Path of the output, or "-" for jsonl on stdout.
        with_text: Whether texts were asked for; None if nothing was said.

    Raises:
        OutputError: If the extension tells no format, or the file cannot be where it shall be.
        InputError: If texts are asked for in a format that has none.

    Example:
        >>> check_output("embeddings.npy", None)
    """
    suffix = Path(name).suffix.lower()
    if name != STDOUT and suffix not in _FILE_WRITERS:
        raise OutputError(
            f"{name}: the extension {suffix!r} tells no output format",
            accepted=", ".join(_FILE_WRITERS),
            fix="-o embeddings.npy",
        )
    if suffix == ".npy" and with_text:
        raise InputError(f"--text with {name}: npy holds numbers only", fix="-o embeddings.parquet, or --no-text")
    if name != STDOUT:
        _check_place(Path(name))


def write_output(name: str, out: TextIO, fill: Callable[[EmbeddingWriter], object], *, with_text: bool) -> None:
    """Write embeddings. A file appears at the end, whole, or not at all.

    Args:
        name: Path of the output, or "-" for jsonl on stdout.
        out: The stream that is meant by stdout.
        fill: Hands the embeddings to the writer that it is given.
        with_text: Whether the texts are written too, where the format can.

    Raises:
        OutputError: If it cannot be written.
    """
    if name == STDOUT:
        fill(JsonlWriter(out.write, with_text=with_text))
        return
    path = Path(name)

    def write(file: BinaryIO) -> None:
        writer = CountingWriter(path, _FILE_WRITERS[path.suffix.lower()](file, with_text))
        fill(writer)
        writer.finish()

    write_file_atomic(path, write)


def _check_place(path: Path) -> None:
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(f"{path}: is a folder", accepted="the name of a file")
    if target.exists() and not target.is_file():
        raise OutputError(f"{path}: is not a regular file", accepted="a file that may be replaced, or - for stdout")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {target.parent}", fix=f"mkdir -p {path.parent}")


@contextmanager
def _reported(path: Path, rows: int) -> Iterator[None]:
    """Say how far writing was when the system refuses to go on."""
    try:
        yield
    except LikewiseError:
        raise
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written: {error.strerror or error} after {rows:,} texts. Nothing was kept of them",
            accepted="a place that has room",
            fix="-o ANOTHER_PLACE",
        ) from error
