"""The texts of a file as an iterable of strings."""

from __future__ import annotations

import os
from collections.abc import Iterator

from likewise.errors import InputError
from likewise.texts.reading import FORMATS, SPLITS, ReadOptions, TextInput
from likewise.texts.tables import Columns


def read_texts(
    path: str | os.PathLike[str], column: str | None = None, *, format: str | None = None, split: str | None = None
) -> Iterator[str]:
    """Read the texts of a file or folder, a few at a time.

    Args:
        path: A .txt, .md, .csv, .tsv, .jsonl or .parquet file, all but the last also with .gz, or a folder with text
            files.
        column: Column or key that holds the texts of a table; "text" if not given.
        format: Format of the file, such as "csv"; by its extension if not given.
        split: What one text is in txt and md files: "line", "paragraph" or "file"; a line of txt and a paragraph of md
            if not given.

    Returns:
        The texts, in order, read as they are asked for. A blank line of a txt file is a text, too.

    Raises:
        InputError: If there is no such file, column, format or split, or the file cannot be read as that format.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "notes.jsonl"
        >>> _ = file.write_text('{"text": "one"}')
        >>> list(read_texts(file))
        ['one']
    """
    for name, value, known in (("format", format, FORMATS), ("split", split, SPLITS)):
        if value is not None and value not in known:
            raise InputError(f"{name}={value!r}", accepted=f"one of {list(known)}", fix=f"{name}={known[0]!r}")
    options = ReadOptions(columns=Columns(column), format=format, split=split)
    return (record.text for record in TextInput(os.fspath(path), options))
