"""Rows of results to tsv, csv, jsonl or parquet, piece by piece. Knows columns and files, not what rows are about."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from likewise._optional import require
from likewise.cli.console import Console
from likewise.errors import OutputError
from likewise.hub.atomic import write_file_atomic

Kinds: TypeAlias = Mapping[str, str]
"""Columns in order: name to "string", "int64", "float64", or a list of these as "[...]"."""

Row: TypeAlias = Sequence[Any]

# Rows of a parquet row group that are held at a time.
_GROUP_ROWS = 8192  # whose texts are in memory at once
_BREAKS = re.compile(r"[\t\r\n]+")


def check_row_output(name: str, kinds: Kinds | None = None) -> None:
    """Refuse an output before anything is computed.

    Args:
        name: Path of the output.
        kinds: Its columns, if they are known.

    Raises:
        OutputError: If the extension tells no format, the format cannot hold the columns, or the file cannot be where
            it shall be.
        MissingDependencyError: If the file is parquet, and pyarrow is not installed.

    Example:
        >>> check_row_output("pairs.tsv")
    """
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        raise OutputError(
            f"{name}: the extension {suffix!r} tells no output format",
            accepted=", ".join(_WRITERS),
            fix=f"-o {path.with_suffix('.jsonl').name}",
        )
    if suffix == ".parquet":
        require("pyarrow", extra="parquet")
    lists = [column for column, kind in (kinds or {}).items() if kind.startswith("[")]
    if lists and suffix in (".tsv", ".csv"):
        raise OutputError(
            f"{name}: {suffix[1:]} has no lists, which the column {lists[0]!r} holds",
            accepted=".jsonl or .parquet",
            fix=f"-o {path.with_suffix('.jsonl')}",
        )
    check_place(path)


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written.

    Args:
        path: Path of the output.

    Raises:
        OutputError: If it is a folder or a device, or its folder is not there.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(f"{path}: is a folder", accepted="the name of a file")
    if target.exists() and not target.is_file():
        raise OutputError(f"{path}: is not a regular file", accepted="a file that may be replaced")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {target.parent}", fix=f"mkdir -p {path.parent}")


def write_rows(name: str, kinds: Kinds, rows: Iterable[Row], console: Console) -> int:
    """Write rows. The file appears at the end, whole, or not at all.

    Args:
        name: Path of the output.
        kinds: Its columns.
        rows: Values of each row, in the order of the columns; None where there is none.
        console: Where it is said if texts had to be changed: in tsv, tabs and line ends become spaces.

    Returns:
        The number of rows.

    Raises:
        OutputError: If it cannot be written.
    """
    check_row_output(name, kinds)
    path = Path(name)
    count = changed = 0

    def each() -> Iterator[Row]:
        nonlocal count, changed
        for row in rows:
            count += 1
            if path.suffix.lower() == ".tsv":
                flat = [_BREAKS.sub(" ", value) if isinstance(value, str) else value for value in row]
                changed += flat != list(row)
                row = flat
            yield row

    write_file_atomic(path, lambda file: _WRITERS[path.suffix.lower()](file, kinds, each()))
    if changed:
        console.note(f"{name}: tabs and line ends became spaces in {changed:,} rows; .jsonl keeps them")
    return count


def _write_jsonl(file: BinaryIO, kinds: Kinds, rows: Iterable[Row]) -> None:
    for row in rows:
        record = dict(zip(kinds, row, strict=True))
        file.write(f"{json.dumps(record, ensure_ascii=False, allow_nan=False)}\n".encode())


def _write_csv(file: BinaryIO, kinds: Kinds, rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(kinds))
    writer.writerows(rows)
    text.detach()


def _write_tsv(file: BinaryIO, kinds: Kinds, rows: Iterable[Row]) -> None:
    for row in itertools.chain([list(kinds)], rows):
        file.write(("\t".join("" if value is None else str(value) for value in row) + "\n").encode())


def _write_parquet(file: BinaryIO, kinds: Kinds, rows: Iterable[Row]) -> None:
    arrow = require("pyarrow", extra="parquet")
    parquet = require("pyarrow.parquet", extra="parquet")
    schema = arrow.schema([(name, _arrow_type(arrow, kind)) for name, kind in kinds.items()])
    rows = iter(rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while group := list(itertools.islice(rows, _GROUP_ROWS)):
            columns = zip(*group, strict=True)
            arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _arrow_type(arrow: Any, kind: str) -> Any:
    if kind.startswith("["):
        return arrow.list_(_arrow_type(arrow, kind[1:-1]))
    return getattr(arrow, kind)()


_WRITERS: dict[str, Callable[[BinaryIO, Kinds, Iterable[Row]], None]] = {
    ".tsv": _write_tsv,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
