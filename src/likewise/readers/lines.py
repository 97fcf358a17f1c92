"""Rows of delimited files, plain or compressed, with errors that say where they are. Knows no example."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from likewise.errors import InputError


def text_lines(path: Path) -> Iterator[str]:
    """Lines of a text file in UTF-8, without their ends; `.gz` is read as well.

    Args:
        path: The file.

    Yields:
        The lines.
    """
    read: Any = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\r\n")


def delimited_rows(path: Path, delimiter: str, quoting: int, *, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Rows of a delimited file.

    Args:
        path: The file.
        delimiter: Between the cells.
        quoting: As in `csv`.
        skip: Rows to leave out at the start.

    Yields:
        Number of the line on which the row begins, from 1, and its cells.

    Raises:
        InputError: If a row cannot be read.
    """
    # With their ends: a quoted cell may go over several lines.
    ended = (f"{line}\n" for line in text_lines(path))
    reader = csv.reader(ended, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    first = 1
    try:
        for number, row in enumerate(reader, 1):
            if number > skip and row:
                yield first, row
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {first}: {error}", accepted="rows that the csv module reads") from error


def cell(row: Sequence[str], column: int, path: Path, line: int) -> str:
    """One cell of a row.

    Args:
        row: The cells.
        column: Which, from 0.
        path: The file, for the message.
        line: The line, for the message.

    Returns:
        The cell.

    Raises:
        InputError: If the row is too short.

    Example:
        >>> cell(["a", "b"], 1, Path("x.tsv"), 1)
        'b'
    """
    if not -len(row) <= column < len(row):
        raise InputError(f"{path}, line {line}: {len(row)} columns", accepted=f"at least {column + 1} columns")
    return row[column]
