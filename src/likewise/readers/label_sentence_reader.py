"""Files with a label and a sentence in each line."""

from __future__ import annotations

import csv
from pathlib import Path

from likewise.readers.input_example import InputExample
from likewise.readers.lines import cell, delimited_rows


class LabelSentenceReader:
    r"""Reads sentences with labels; labels are numbered as they come.

    Args:
        folder: Where the files are.
        label_col_idx: Column of the label, from 0.
        sentence_col_idx: Column of the sentence, from 0.
        separator: Between the columns.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "x.tsv").write_text("cat\tmeow\ndog\twoof\ncat\tpurr\n")
        >>> [(example.label, example.texts[0]) for example in LabelSentenceReader(folder).get_examples("x.tsv")]
        [(0, 'meow'), (1, 'woof'), (0, 'purr')]
    """

    def __init__(
        self, folder: str | Path, label_col_idx: int = 0, sentence_col_idx: int = 1, separator: str = "\t"
    ) -> None:
        self.folder = folder
        self.label_map: dict[str, int] = {}
        self.label_col_idx = label_col_idx
        self.sentence_col_idx = sentence_col_idx
        self.separator = separator

    def get_examples(self, filename: str, max_examples: int = 0) -> list[InputExample]:
        """Read a file.

        Args:
            filename: Its name within the folder.
            max_examples: Most examples; 0 reads all.

        Returns:
            The examples.
        """
        path = Path(self.folder) / filename
        examples: list[InputExample] = []
        for line, row in delimited_rows(path, self.separator, csv.QUOTE_NONE):
            label = cell(row, self.label_col_idx, path, line)
            sentence = cell(row, self.sentence_col_idx, path, line)
            number = self.label_map.setdefault(label, len(self.label_map))
            examples.append(InputExample(guid=f"{filename}-{line - 1}", texts=[sentence], label=number))
            if 0 < max_examples <= len(examples):
                break
        return examples
