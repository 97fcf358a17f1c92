"""Whole rows of csv, tsv, jsonl and parquet files, each with its place. Knows types, not what a column means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise._optional import require
from likewise.cli.read_arguments import as_option
from likewise.errors import InputError
from likewise.texts.lines import LineFile, check_unicode
from likewise.texts.reading import kind_of
from likewise.texts.tables import delimited_rows, parse_json

_TRUTH = {"true": 1.0, "false": 0.0}


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One row and where it stands. Its methods read a cell, and name file, line and column where it is wrong.

    Args:
        values: Column to what the file holds.
        line: Number of its line from 1; of its row, in parquet.
        source: Name of the file.

    Example:
        >>> Row({"text": "It rains.", "score": "4.5"}, 2, "dev.tsv").number("score")
        4.5
    """

    values: Mapping[str, Any]
    line: int
    source: str

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.source}, line {self.line:,}"

    def text(self, column: str) -> str:
        """Read a text.

        Args:
            column: Name of the column.

        Returns:
            The text.

        Raises:
            InputError: If the cell is lacking, null, or no text.
        """
        value = self._value(column)
        if not isinstance(value, str):
            raise self._wrong(column, value, "a text")
        return check_unicode(value, self.where)

    def texts(self, column: str) -> list[str]:
        """Read a list of texts; a single text is a list of one.

        Args:
            column: Name of the column.

        Returns:
            The texts.

        Raises:
            InputError: If the cell is anything else.
        """
        value = self._value(column)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
            raise self._wrong(column, value, 'a text or a list of texts, such as ["...", "..."]')
        return [check_unicode(text, self.where) for text in found]

    def number(self, column: str) -> float:
        """Read a number; "true" and "false" are 1 and 0.

        Args:
            column: Name of the column.

        Returns:
            The number, which is finite.

        Raises:
            InputError: If the cell is anything else.
        """
        value = self._value(column)
        try:
            number = _TRUTH.get(value.strip().lower(), math.nan) if isinstance(value, str) else float(value)
            number = float(value) if math.isnan(number) else number
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise self._wrong(column, value, "a finite number")
        return number

    def name(self, column: str) -> str:
        """Read an id: a text, or an integer as a text.

        Args:
            column: Name of the column.

        Returns:
            The id.

        Raises:
            InputError: If the cell is anything else, or empty.
        """
        value = self._value(column)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self._wrong(column, value, "an id: a text or an integer")
        return str(value)

    def _value(self, column: str) -> Any:
        if column not in self.values:
            raise InputError(f"{self.where}: no {column!r}, only {list(self.values)}", accepted="the same keys in each")
        return self.values[column]

    def _wrong(self, column: str, value: Any, accepted: str) -> InputError:
        return InputError(f"{self.where}: {column!r} is {value!r:.60}", accepted=accepted)


def read_rows(path: Path) -> Iterator[Row]:
    """Read a file row by row; its extension says what it is.

    Args:
        path: A .csv, .tsv, .jsonl or .parquet file; all but the last may be compressed (.gz).

    Yields:
        The rows.

    Raises:
        InputError: If there is no such file, its extension is none of these, or a row is malformed.
        MissingDependencyError: If it is parquet, and pyarrow is not installed.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file", accepted="a .csv, .tsv, .jsonl or .parquet file")
    kind = kind_of(path, as_option)
    if kind == "parquet":
        yield from _parquet_rows(path)
    elif kind == "jsonl":
        yield from _json_rows(LineFile(path))
    elif kind in ("csv", "tsv"):
        yield from _delimited_rows(LineFile(path), "\t" if kind == "tsv" else ",")
    else:
        raise InputError(f"{path}: a {kind} file has no columns", accepted="a .csv, .tsv, .jsonl or .parquet file")


def _delimited_rows(lines: LineFile, delimiter: str) -> Iterator[Row]:
    rows = delimited_rows(lines, delimiter, lines.name)
    _, header = next(rows, (0, []))
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise InputError(f"{lines.name}: the column {twice[0]!r} stands twice", accepted="a name for each column")
    for line, fields in rows:
        yield Row(dict(zip(header, fields, strict=True)), line, lines.name)


def _json_rows(lines: LineFile) -> Iterator[Row]:
    for number, line in lines:
        if line.isspace():
            continue
        where = f"{lines.name}, line {number:,}"
        value = parse_json(line, where)
        if not isinstance(value, dict):
            raise InputError(f"{where}: {line.strip()[:60]!r}", accepted='an object such as {"text": "..."}')
        yield Row(value, number, lines.name)


def _parquet_rows(path: Path) -> Iterator[Row]:
    arrow = require("pyarrow", extra="parquet")
    parquet = require("pyarrow.parquet", extra="parquet")
    number = 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=1024):
            for number, values in enumerate(batch.to_pylist(), number + 1):  # noqa: B020
                yield Row(values, number, str(path))
    except (arrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as parquet: {error}", accepted="a parquet file") from error
