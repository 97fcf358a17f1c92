"""Records on disk: a line of JSON for each, and where it ends. One is read without reading the others.

A record is an object with a "text", and whatever else there is to keep of it. Knows nothing of embeddings.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, final

import numpy as np

from likewise.errors import CheckpointError, InputError, InputTypeError, OutputError
from likewise.hub.exchange import sync

RECORDS, ROWS = "records.jsonl", "rows.bin"
Record: TypeAlias = Mapping[str, Any]
_ROW = np.dtype([("end", "<i8"), ("crc", "<u4")])
_ROW_BYTES = struct.Struct("<qI")
_AT_ONCE = 4096
_AGAIN = "build the collection again, or copy the whole folder again"


@final
@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Args:
        rows: How many records.
        bytes: Size of their file.
        checksum: Of the file.
        texts: Checksum of the texts alone.
    """

    rows: int
    bytes: int
    checksum: str
    texts: str


def write_records(folder: Path, records: Iterable[str | Record], advance: Callable[[int], object]) -> Written:
    """Write records to a new folder, durably.

    Args:
        folder: The folder, which is made.
        records: Texts, or mappings with a "text" and other values of JSON.
        advance: Called with the number of records that were written since.

    Returns:
        What was written.

    Raises:
        InputError: If a record holds what JSON cannot, or has no text.
        OutputError: If the folder cannot be written.
    """
    whole, texts = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16)
    end = count = 0
    lines = _encoded(records)
    try:
        folder.mkdir()
        with (folder / RECORDS).open("xb") as file, (folder / ROWS).open("xb") as rows:
            for text, line in lines:
                end += len(line)
                count += 1
                file.write(line)
                rows.write(_ROW_BYTES.pack(end, zlib.crc32(line)))
                whole.update(line)
                texts.update(text.encode() + b"\xff")  # no text holds this byte
                advance(1)
            for each in (file, rows):
                each.flush()
                os.fsync(each.fileno())
        sync(folder)
    except (InputError, OutputError):
        raise
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror or error}",
            fix="make it writable, or free space, and run it again",
        ) from error
    return Written(count, end, whole.hexdigest(), texts.hexdigest())


@final
class RecordFile:
    """Records that `write_records` wrote. Each is checked when it is read.

    Args:
        folder: The folder.
        rows: How many records there are.
        size: Bytes of their file.
        checksum: Of their file; if given, the file is read and compared.

    Raises:
        CheckpointError: If a file is missing, cut short or changed.
    """

    def __init__(self, folder: Path, rows: int, size: int, checksum: str | None = None) -> None:
        self._folder, self._rows, self._size = folder, rows, size
        for name, expected in ((RECORDS, size), (ROWS, rows * _ROW.itemsize)):
            file = folder / name
            if not file.is_file():
                raise CheckpointError(f"{file} is missing", fix=_AGAIN)
            if file.stat().st_size != expected:
                raise CheckpointError(
                    f"{file} has {file.stat().st_size:,} bytes, {expected:,} were written", fix=_AGAIN
                )
        if checksum is not None and _checksum(folder / RECORDS) != checksum:
            raise CheckpointError(f"{folder / RECORDS} is not what was written: its checksum differs", fix=_AGAIN)

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Read all records, in order."""
        with (self._folder / RECORDS).open("rb") as file, (self._folder / ROWS).open("rb") as rows:
            start = row = 0
            while part := rows.read(_AT_ONCE * _ROW.itemsize):
                for end, crc in np.frombuffer(part, _ROW).tolist():
                    yield self._record(file, (start, end), crc, row)
                    start, row = end, row + 1

    def read(self, wanted: Iterable[int]) -> list[dict[str, Any]]:
        """Read some records.

        Args:
            wanted: Their rows, from 0, in any order.

        Returns:
            The records, in that order.

        Raises:
            CheckpointError: If one was changed.
        """
        with (self._folder / RECORDS).open("rb") as file, (self._folder / ROWS).open("rb") as rows:
            return [self._read(file, rows, row) for row in wanted]

    def _read(self, file: BinaryIO, rows: BinaryIO, row: int) -> dict[str, Any]:
        if not 0 <= row < self._rows:
            raise IndexError(f"row {row} of {self._rows:,} records")
        rows.seek(max(0, row - 1) * _ROW.itemsize)
        entries = np.frombuffer(rows.read((1 if row == 0 else 2) * _ROW.itemsize), _ROW).tolist()
        start = 0 if row == 0 else entries[0][0]
        end, crc = entries[-1]
        return self._record(file, (start, end), crc, row)

    def _record(self, file: BinaryIO, where: tuple[int, int], crc: int, row: int) -> dict[str, Any]:
        start, end = where
        line = b""
        if 0 <= start < end <= self._size:
            file.seek(start)
            line = file.read(end - start)
        if zlib.crc32(line) != crc or not line:
            raise CheckpointError(
                f"{self._folder / RECORDS}, line {row + 1:,}, is not what was written: its checksum differs", fix=_AGAIN
            )
        record: dict[str, Any] = json.loads(line)
        return record


def _encoded(records: Iterable[str | Record]) -> Iterator[tuple[str, bytes]]:
    if isinstance(records, str | bytes | Mapping):
        raise InputTypeError(
            f"a {type(records).__name__} as records", accepted="an iterable of texts or of mappings", fix="[text]"
        )
    for number, given in enumerate(records):
        record = {"text": given} if isinstance(given, str) else given
        if not isinstance(record, Mapping) or not isinstance(record.get("text"), str):
            raise InputTypeError(
                f"record {number:,} is {given!r:.80}", accepted='a text, or a mapping such as {"text": "...", "id": 7}'
            )
        try:
            yield record["text"], (json.dumps(dict(record), ensure_ascii=False, allow_nan=False) + "\n").encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"record {number:,} cannot be kept: {error}", accepted="values of JSON") from error


def _checksum(file: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with file.open("rb") as stream:
        while part := stream.read(2**22):
            digest.update(part)
    return digest.hexdigest()
