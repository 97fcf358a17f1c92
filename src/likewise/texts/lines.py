"""Lines of a text file, one by one, decoded and counted. Knows bytes and UTF-8, not what a line means."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast, final

from likewise.errors import InputError

# Far above any text that a model reads; what bounds memory when a file has no line ends.
MAX_LINE_BYTES = 64 * 2**20


@final
class LineFile:
    """A text file or stdin, read line by line in bounded memory.

    Args:
        path: The file; one whose name ends in ".gz" is decompressed. None is stdin.

    Raises:
        InputError: If the file cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.name = "stdin" if path is None else str(path)
        self._raw: BinaryIO | None = None
        self._done = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of the file that are read, compressed ones where it is compressed."""
        return self._done if self._raw is None or self.path is None else self._raw.tell()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Read the lines.

        Yields:
            Number, from 1, and text of each line, with its end.
        """
        if self.path is None:
            yield from self._decoded(_standard_input())
            return
        with open_binary(self.path) as raw:
            self._raw = raw
            try:
                if self.path.suffix.lower() == ".gz":
                    with gzip.open(raw, "rb") as unpacked:
                        yield from self._decoded(unpacked)
                else:
                    yield from self._decoded(raw)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise InputError(
                    f"{self.name}: damaged gzip data: {error}", fix="copy or download the file again"
                ) from error
            finally:
                self._done, self._raw = 0 if raw.closed else raw.tell(), None

    def _decoded(self, file: BinaryIO | gzip.GzipFile) -> Iterator[tuple[int, str]]:
        number = 0
        while line := self._read(file):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise InputError(
                    f"{self.name}, line {number}: longer than {MAX_LINE_BYTES // 2**20} MiB",
                    accepted="shorter lines",
                    fix="split the text, or check that the file is a text file",
                )
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise _not_utf8(self.name, number, line, error) from error

    def _read(self, file: BinaryIO | gzip.GzipFile) -> bytes:
        try:
            return file.readline(MAX_LINE_BYTES + 1)
        except gzip.BadGzipFile:
            raise
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror or error}") from error


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading bytes.

    Args:
        path: The file.

    Returns:
        The open file.

    Raises:
        InputError: If it cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def check_unicode(text: str, where: str) -> str:
    """Refuse a text that holds half of a surrogate pair, which no encoding can write.

    Args:
        text: The text.
        where: Where it came from, for the message.

    Returns:
        The text.

    Raises:
        InputError: If there is one.

    Example:
        >>> check_unicode("naïve", "line 1")
        'naïve'
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{where}: not valid Unicode at character {error.start}: {text[error.start]!r}", accepted="UTF-8 text"
        ) from error
    return text


def file_size(path: Path) -> int:
    """Size of a regular file.

    Args:
        path: The file.

    Returns:
        Bytes; 0 for what has no size (a pipe).
    """
    return os.stat(path).st_size


def _standard_input() -> BinaryIO:
    # A replaced stdin (in tests, in notebooks) may have no bytes below it.
    if isinstance(sys.stdin, io.TextIOWrapper):
        return cast("BinaryIO", sys.stdin.buffer)
    return io.BytesIO(sys.stdin.read().encode("utf-8"))


def _not_utf8(name: str, number: int, line: bytes, error: UnicodeDecodeError) -> InputError:
    wide = number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "UTF-16" if wide else "LATIN1"
    return InputError(
        f"{name}, line {number}: not UTF-8 at byte {error.start} of the line" + (" (it looks like UTF-16)" * wide),
        accepted="UTF-8 text",
        fix=f"iconv -f {encoding} -t UTF-8 FILE > NEW_FILE" + ("" if wide else ", with the encoding that the file has"),
    )
