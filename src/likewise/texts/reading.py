"""Texts from what the user names: a file, a folder or stdin, read lazily. Knows kinds of files, not their use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from likewise.errors import InputError
from likewise.texts.lines import MAX_LINE_BYTES, LineFile, file_size
from likewise.texts.tables import Columns, ParquetFile, Record, as_argument, delimited_records, jsonl_records

KINDS = {
    ".txt": "txt",
    ".md": "md",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
FORMATS = ("txt", "md", "csv", "tsv", "jsonl", "parquet")
SPLITS = ("line", "paragraph", "file")
FOLDER_KINDS = ("txt", "md")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How inputs are read.

    Args:
        columns: Which columns of tables are read.
        format: One of `FORMATS`; None goes by the extension (stdin: txt).
        split: What one text is in txt and md files: "line", "paragraph" or "file"; None is a line for txt, and a
            paragraph for md and for the files of a folder.
    """

    columns: Columns = field(default_factory=Columns)
    format: str | None = None
    split: str | None = None


@final
class TextInput:
    """Texts of a file, a folder or stdin; every iteration reads anew, in memory for a few texts.

    Args:
        name: Path of a file or folder, or "-" for stdin.
        options: How it is read.

    Raises:
        InputError: If there is no such file, or its extension tells no format.
    """

    def __init__(self, name: str, options: ReadOptions | None = None) -> None:
        self.name = "stdin" if name == "-" else name
        self._options = options or ReadOptions()
        self._path = None if name == "-" else Path(name)
        self._is_folder = self._path is not None and self._path.is_dir()
        self._files = self._find_files()
        self._total = 0 if self._path is None else sum(file_size(path) for path, _ in self._files if path)
        self._finished = 0
        self._current: LineFile | ParquetFile | None = None

    def __iter__(self) -> Iterator[Record]:
        """Read the texts.

        Yields:
            A record per text, blank lines of txt files included.
        """
        self._finished = 0
        for path, kind in self._files:
            yield from self._records(path, kind)
            self._finished += 0 if path is None else file_size(path)
            self._current = None

    @property
    def fraction(self) -> float | None:
        """Share of the input that was read so far; None for what has no size."""
        if isinstance(self._current, ParquetFile):
            return self._current.fraction
        if not self._total:
            return None
        return min(1.0, (self._finished + (self._current.bytes_read if self._current else 0)) / self._total)

    def is_same_file(self, path: Path) -> bool:
        """Whether an output would overwrite this input.

        Args:
            path: Path of the output.

        Returns:
            True if it is one of the files read here.
        """
        return path.exists() and any(file is not None and path.samefile(file) for file, _ in self._files)

    def _find_files(self) -> list[tuple[Path | None, str]]:
        if self._path is None:
            if self._options.format == "parquet":
                raise InputError("parquet from stdin", accepted="txt, csv, tsv or jsonl", fix="name the file")
            return [(None, self._options.format or "txt")]
        if self._is_folder:
            return [(path, kind) for path, kind in _walk(self._path, self._options)]
        if not self._path.exists():
            raise InputError(f"{self.name}: no such file or folder", accepted="a path that exists, or - for stdin")
        return [(self._path, self._options.format or kind_of(self._path, self._options.columns.spell))]

    def _records(self, path: Path | None, kind: str) -> Iterator[Record]:
        columns = self._options.columns
        if kind == "parquet" and path is not None:
            self._current = table = ParquetFile(path, columns)
            yield from table
            return
        self._current = lines = LineFile(path)
        if kind == "jsonl":
            yield from jsonl_records(lines, columns, lines.name)
        elif kind in ("csv", "tsv"):
            yield from delimited_records(lines, "\t" if kind == "tsv" else ",", columns, lines.name)
        else:
            yield from self._texts(lines, "paragraph" if kind == "md" or self._is_folder else "line")

    def _texts(self, lines: LineFile, default_split: str) -> Iterator[Record]:
        columns = self._options.columns
        if columns.text is not None or columns.shown:
            raise InputError(
                f"{lines.name}: a text file has no columns",
                accepted="csv, tsv, jsonl or parquet",
                fix=columns.spell("format", "csv"),
            )
        split = self._options.split or default_split
        if split == "line":
            for number, line in lines:
                yield Record(line.removesuffix("\n").removesuffix("\r"), number, lines.name)
        else:
            yield from _blocks(lines, split, columns.spell)


def _blocks(lines: LineFile, split: str, spell: Callable[[str, str], str]) -> Iterator[Record]:
    """Paragraphs (lines between blank ones), or the whole file as one text."""
    block: list[str] = []
    start, size = 1, 0
    for number, line in lines:
        if split == "paragraph" and line.isspace():
            if block:
                yield Record("".join(block).strip(), start, lines.name)
            block, size = [], 0
            continue
        if not block:
            start = number
        block.append(line)
        size += len(line)
        if size > MAX_LINE_BYTES:
            raise InputError(
                f"{lines.name}, line {start}: a text of more than {MAX_LINE_BYTES // 2**20} MiB",
                accepted="shorter texts",
                fix=spell("split", "line"),
            )
    if text := "".join(block).strip():
        yield Record(text, start, lines.name)


def kind_of(path: Path, spell: Callable[[str, str], str] = as_argument) -> str:
    """Tell by its extension what kind of file a file is.

    Args:
        path: The file.
        spell: Writes an argument in messages as the caller has it.

    Returns:
        One of `FORMATS`.

    Raises:
        InputError: If the extension is none that is known.

    Example:
        >>> kind_of(Path("corpus.jsonl.gz"))
        'jsonl'
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[:-1] if packed else suffixes)[-1:] or [""]
    kind = KINDS.get(suffix[0])
    if kind is None or (packed and kind == "parquet"):
        raise InputError(
            f"{path}: the extension {''.join(path.suffixes[-2:] if packed else path.suffixes[-1:])!r} tells no format",
            accepted=f"{', '.join(KINDS)}; all but .parquet also with .gz",
            fix=spell("format", "txt"),
        )
    return kind


def _walk(folder: Path, options: ReadOptions) -> Iterator[tuple[Path, str]]:
    format_name = options.format
    if format_name is not None and format_name not in FOLDER_KINDS:
        given = options.columns.spell("format", format_name)
        raise InputError(f"{given} for a folder", accepted="txt and md files", fix="name one file")
    found = False
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(parent) / name for name in sorted(files) if not name.startswith(".")):
            suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
            kind = KINDS.get(suffix.lower())
            if kind in FOLDER_KINDS and path.is_file():
                found = True
                yield path, format_name or kind
    if not found:
        raise InputError(f"{folder}: no .txt or .md file in this folder", accepted="a folder with text files")
