"""The CSV file of an evaluator: one row for each call, its header written once. Does not know what the columns mean."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from likewise.errors import InputError, OutputError


@final
@dataclass(frozen=True, slots=True)
class CsvReport:
    """Rows of results in one file of a folder.

    A file whose header has other columns is written anew with the columns of both, old ones first: a value stands
    below its own name whatever changed between two calls.

    Args:
        file_name: Name of the file, without a folder.
        enabled: Whether anything is written.

    Raises:
        InputError: If the name leads into another folder.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> CsvReport("results.csv").append(folder, epoch=1, steps=100, row={"accuracy": 0.5})
        >>> print((folder / "results.csv").read_text())
        epoch,steps,accuracy
        1,100,0.5
    """

    file_name: str
    enabled: bool = True

    def __post_init__(self) -> None:
        if Path(self.file_name).name != self.file_name:
            raise InputError(
                f"the CSV file would be {self.file_name!r}, in another folder",
                accepted="a name of an evaluator without path separators",
                fix=f"name={Path(self.file_name).stem!r}, or write_csv=False",
            )

    def append(
        self, folder: str | os.PathLike[str] | None, *, epoch: int, steps: int, row: Mapping[str, object]
    ) -> None:
        """Add one row.

        Args:
            folder: Where the file lies; made if need be. None writes nothing.
            epoch: Epoch of training, -1 outside of it.
            steps: Steps of the epoch, -1 at its end.
            row: Column to value, in order.

        Raises:
            OutputError: If it cannot be written.
        """
        if folder is None or not self.enabled:
            return
        path = Path(folder) / self.file_name
        values = {"epoch": epoch, "steps": steps, **row}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, values)
        except OSError as error:
            raise OutputError(f"the results could not be written to {path}: {error}") from error


def _append(path: Path, values: Mapping[str, object]) -> None:
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    header = next(csv.reader(io.StringIO(old)), [])
    columns = [*header, *(name for name in values if name not in header)]
    if columns != header:
        earlier = list(csv.DictReader(io.StringIO(old)))
        _replace(path, _text([columns, *([row.get(name, "") or "" for name in columns] for row in earlier)]))
        old = "\n"
    # A row that a killed process left unfinished must not swallow this one.
    start = "" if not old or old.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(start + _text([[values.get(name, "") for name in columns]]))


def _text(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="") as file:
        file.write(text)
    Path(file.name).replace(path)
