"""A copy of an input without some of its texts, byte for byte otherwise. Knows lines and rows, not why they go."""

from __future__ import annotations

import gzip
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, cast, final

from likewise._optional import require
from likewise.cli.read_arguments import as_option
from likewise.cli.row_output import check_place
from likewise.errors import InputError, OutputError
from likewise.hub.atomic import write_file_atomic
from likewise.texts.lines import LineFile
from likewise.texts.reading import ReadOptions, TextInput, kind_of


@final
@dataclass(frozen=True, slots=True)
class Remaining:
    """A file, and where what is left of it is written.

    Args:
        source: The file.
        options: How it is read.
        kind: What kind of file it is.
        output: Where the rest is written.
    """

    source: Path
    options: ReadOptions
    kind: str
    output: Path

    @classmethod
    def of(cls, name: str, options: ReadOptions, output: str) -> Self:
        """Refuse what cannot be done, before anything is computed.

        Args:
            name: The input, as the user named it.
            options: How it is read.
            output: Where the rest is written.

        Returns:
            Both.

        Raises:
            InputError: If the input is not one file.
            OutputError: If the output is of another kind, or cannot be where it shall be.
        """
        if name == "-" or not Path(name).is_file():
            what = "stdin" if name == "-" else f"the folder {name}" if Path(name).is_dir() else f"the pipe {name}"
            raise InputError(f"--unique with {what}", accepted="one file, which is read twice", fix="name the file")
        source, target = Path(name), Path(output)
        kind = options.format or kind_of(source, as_option)
        if kind_of(target, as_option) != kind:
            raise OutputError(
                f"--unique {output} for a {kind} file",
                accepted="the same kind of file: what stays is copied as it is",
                fix=f"--unique {source.with_suffix('').name}.unique{source.suffix}",
            )
        check_place(target)
        return cls(source, options, kind, target)

    def write(self, gone: Collection[int]) -> None:
        """Write what is left. The file appears at the end, whole, or not at all.

        Args:
            gone: Numbers of the lines at which the texts that go begin; of their rows, in parquet.

        Raises:
            InputError: If the input cannot be read a second time.
            OutputError: If the output cannot be written.
        """
        if self.kind == "parquet":
            write_file_atomic(self.output, lambda file: self._copy_rows(file, gone))
        elif self.output.suffix.lower() == ".gz":
            write_file_atomic(self.output, lambda file: self._copy_packed(file, gone))
        else:
            write_file_atomic(self.output, lambda file: self._copy_lines(file, gone))

    def _copy_packed(self, file: BinaryIO, gone: Collection[int]) -> None:
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
            self._copy_lines(cast("BinaryIO", packed), gone)

    def _copy_lines(self, file: BinaryIO, gone: Collection[int]) -> None:
        starts = (record.line for record in TextInput(os.fspath(self.source), self.options))
        following, stays = next(starts, None), True
        for number, line in LineFile(self.source):
            if number == following:
                following, stays = next(starts, None), number not in gone
            if stays:
                file.write(line.encode())

    def _copy_rows(self, file: BinaryIO, gone: Collection[int]) -> None:
        arrow: Any = require("pyarrow", extra="parquet")
        parquet: Any = require("pyarrow.parquet", extra="parquet")
        table = parquet.ParquetFile(self.source)
        row = 0
        with parquet.ParquetWriter(file, table.schema_arrow) as writer:
            for batch in table.iter_batches():
                stays = [number not in gone for number in range(row + 1, row + 1 + len(batch))]
                writer.write_batch(batch.filter(arrow.array(stays)))
                row += len(batch)
