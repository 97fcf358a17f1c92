"""Several files whose lines belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from likewise.errors import InputError
from likewise.readers.input_example import InputExample
from likewise.readers.lines import text_lines


class PairedFilesReader:
    """Reads files line by line: the n-th lines of all files are one example.

    Args:
        filepaths: The files.

    Example:
        >>> len(PairedFilesReader(["a.txt", "b.txt"]).filepaths)
        2
    """

    def __init__(self, filepaths: Sequence[str | Path]) -> None:
        self.filepaths = filepaths

    def get_examples(self, max_examples: int = 0) -> list[InputExample]:
        """Read the files.

        Args:
            max_examples: Most examples; 0 reads all.

        Returns:
            The examples.

        Raises:
            InputError: If the files are not equally long.
        """
        columns = [list(text_lines(Path(path))) for path in self.filepaths]
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise InputError(f"files of {lengths} lines", accepted="files with equally many lines")
        rows = list(zip(*columns, strict=True))
        rows = rows[:max_examples] if max_examples > 0 else rows
        return [InputExample(guid=str(at), texts=list(row), label=1) for at, row in enumerate(rows)]
