"""Rows of csv, tsv, jsonl and parquet to texts. Knows columns and their errors, not where files come from."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise._optional import require
from likewise.errors import InputError
from likewise.texts.lines import MAX_LINE_BYTES, check_unicode

DEFAULT_COLUMN = "text"


@final
@dataclass(frozen=True, slots=True)
class Record:
    """One text and where it stands.

    Args:
        text: The text.
        line: Number of its line or row, from 1; of its first line, if it has several.
        source: Name of its file.
        columns: Further columns that were asked for, by name.
    """

    text: str
    line: int
    source: str
    columns: Mapping[str, str] | None = None


def as_argument(name: str, value: str) -> str:
    """Write an argument as Python has it.

    Args:
        name: Name of the argument.
        value: Its value.

    Returns:
        Code.

    Example:
        >>> as_argument("format", "csv")
        "format='csv'"
    """
    return f"{name}={value!r}"


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are read.

    Args:
        text: Name of the column with the texts; None takes "text", or the only one there is.
        shown: Names of further columns to carry along.
        spell: Writes an argument in messages as the caller has it, given its name and value.
    """

    text: str | None = None
    shown: tuple[str, ...] = ()
    spell: Callable[[str, str], str] = as_argument

    def of(self, names: Sequence[str], where: str) -> str:
        """Find the column with the texts among those of a table, and check the others.

        Args:
            names: Columns of the table.
            where: Name of the file, for messages.

        Returns:
            The name of the column.

        Raises:
            InputError: If a column is not there or stands twice, or if it is not clear which one is meant.
        """
        for name in (*self.shown, *([self.text] if self.text is not None else [])):
            if names.count(name) != 1:
                problem = "no column" if name not in names else "more than one column"
                raise InputError(f"{where}: {problem} {name!r}", accepted=f"one of the columns {_listed(names)}")
        if self.text is not None:
            return self.text
        if DEFAULT_COLUMN in names:
            return DEFAULT_COLUMN
        if len(names) == 1:
            return names[0]
        raise InputError(
            f"{where}: which of the columns {_listed(names)} holds the texts?",
            fix=self.spell("column", names[0] if names else "NAME"),
        )


def delimited_records(
    lines: Iterable[tuple[int, str]], delimiter: str, columns: Columns, name: str
) -> Iterator[Record]:
    """Read csv (quoted fields may hold line ends) or tsv (no quoting).

    Args:
        lines: Numbered lines with their ends.
        delimiter: "," or a tab.
        columns: Which columns are read.
        name: Name of the file.

    Yields:
        A record per row after the header.

    Raises:
        InputError: If the header lacks a column, or a row has another number of fields.
    """
    rows = delimited_rows(lines, delimiter, name)
    _, header = next(rows, (0, []))
    if not header:
        return
    position = header.index(columns.of(header, name))
    shown = {column: header.index(column) for column in columns.shown}
    for line, row in rows:
        extra = {column: row[index] for column, index in shown.items()} if shown else None
        yield Record(row[position], line, name, extra)


def delimited_rows(lines: Iterable[tuple[int, str]], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Read the fields of csv (quoted fields may hold line ends) or tsv (no quoting).

    Args:
        lines: Numbered lines with their ends.
        delimiter: "," or a tab.
        name: Name of the file.

    Yields:
        Number of the first line, and the fields, of each row; the first row is the header. Empty lines are no rows.

    Raises:
        InputError: If a row is malformed, or has another number of fields than the header.
    """
    csv.field_size_limit(MAX_LINE_BYTES)  # the module's own limit, 128 kB, is below the texts that we accept
    texts = (text for _, text in lines)
    if delimiter == "\t":
        reader = csv.reader(texts, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(texts, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    for line, row in _rows(reader, name):
        if header is None:
            header = row
        elif len(row) != len(header):
            raise InputError(
                f"{name}, line {line}: {len(row)} fields", accepted=f"{len(header)} fields, as in the header {header}"
            )
        yield line, row


def _rows(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{name}, line {line}: {error}", accepted="well-formed rows") from error
        if row is None:
            return
        if row:  # an empty line is no row
            yield line, row


def jsonl_records(lines: Iterable[tuple[int, str]], columns: Columns, name: str) -> Iterator[Record]:
    """Read one JSON value per line: an object with the text under a key, or the text itself.

    Args:
        lines: Numbered lines.
        columns: Which keys are read.
        name: Name of the file.

    Yields:
        A record per line that is not blank.

    Raises:
        InputError: If a line is not JSON, lacks a key, or its text is not a string.
    """
    for number, line in lines:
        if line.isspace():
            continue
        where = f"{name}, line {number}"
        value = parse_json(line, where)
        if isinstance(value, str) and columns.text is None and not columns.shown:
            yield Record(check_unicode(value, where), number, name)
            continue
        if not isinstance(value, dict):
            raise InputError(f"{where}: {_kind(value)}", accepted='an object such as {"text": "..."}')
        key = columns.of(list(value), where)
        text = value[key]
        if not isinstance(text, str):
            raise InputError(f"{where}: {key!r} is {_kind(text)}", accepted="a string")
        extra = {column: _as_text(value[column]) for column in columns.shown} if columns.shown else None
        yield Record(check_unicode(text, where), number, name, extra)


def parse_json(line: str, where: str) -> Any:
    """Read the JSON value of a line.

    Args:
        line: The line.
        where: File and line, for messages.

    Returns:
        The value.

    Raises:
        InputError: If it is not JSON.

    Example:
        >>> parse_json('{"text": "It rains."}', "notes.jsonl, line 1")
        {'text': 'It rains.'}
    """
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}: not valid JSON: {error.msg} (column {error.colno})", accepted="one JSON object on each line"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: JSON that cannot be read: {error}", accepted="plain JSON objects") from error


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=True)


@final
class ParquetFile:
    """The rows of a parquet file, read in small batches.

    Args:
        path: The file.
        columns: Which columns are read.

    Raises:
        InputError: If it is no parquet file.
        MissingDependencyError: If pyarrow is not installed.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        self._arrow = require("pyarrow", extra="parquet")
        parquet = require("pyarrow.parquet", extra="parquet")
        self.name = str(path)
        self._columns = columns
        self._rows_read = 0
        try:
            self._file = parquet.ParquetFile(path)
        except (self._arrow.ArrowException, OSError) as error:
            raise InputError(f"{path}: cannot be read as parquet: {error}", accepted="a parquet file") from error

    @property
    def fraction(self) -> float:
        """Share of the rows that were read."""
        total: int = self._file.metadata.num_rows
        return self._rows_read / total if total else 1.0

    def __iter__(self) -> Iterator[Record]:
        """Read the rows.

        Yields:
            A record per row.
        """
        key = self._columns.of(list(self._file.schema_arrow.names), self.name)
        kind = self._file.schema_arrow.field(key).type
        if str(kind) not in ("string", "large_string", "string_view") and "values=string" not in str(kind):
            raise InputError(f"{self.name}: the column {key!r} holds {kind}", accepted="a column of strings")
        names = list(dict.fromkeys((key, *self._columns.shown)))
        try:
            for batch in self._file.iter_batches(batch_size=256, columns=names):
                yield from self._records(batch, key)
        except (self._arrow.ArrowException, OSError) as error:
            raise InputError(f"{self.name}: damaged parquet data: {error}") from error

    def _records(self, batch: Any, key: str) -> Iterator[Record]:
        values = {name: batch.column(name).to_pylist() for name in {key, *self._columns.shown}}
        for index, text in enumerate(values[key]):
            self._rows_read += 1
            if text is None:
                raise InputError(f"{self.name}, row {self._rows_read}: {key!r} is null", accepted="a string")
            shown = {column: _shown(values[column][index]) for column in self._columns.shown}
            yield Record(text, self._rows_read, self.name, shown or None)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _kind(value: object) -> str:
    names = {"NoneType": "null", "bool": "true or false", "int": "a number", "float": "a number", "list": "a list"}
    return names.get(type(value).__name__, f"a {'string' if isinstance(value, str) else 'object'}")


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(repr(name) for name in names[:20])
    return f"{listed}, and {len(names) - 20} more" if len(names) > 20 else listed or "(none)"
