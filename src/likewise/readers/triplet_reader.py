"""Triplets of sentences, one triplet a line."""

from __future__ import annotations

import csv
from pathlib import Path

from likewise.readers.input_example import InputExample
from likewise.readers.lines import cell, delimited_rows


class TripletReader:
    """Reads anchors, positives and negatives.

    Args:
        dataset_folder: Where the files are.
        s1_col_idx: Column of the anchor, from 0.
        s2_col_idx: Column of the positive.
        s3_col_idx: Column of the negative.
        has_header: Whether the first line names the columns.
        delimiter: Between the columns.
        quoting: As in `csv`.

    Example:
        >>> TripletReader("triplets").has_header
        False
    """

    def __init__(
        self,
        dataset_folder: str | Path,
        s1_col_idx: int = 0,
        s2_col_idx: int = 1,
        s3_col_idx: int = 2,
        has_header: bool = False,
        delimiter: str = "\t",
        quoting: int = csv.QUOTE_NONE,
    ) -> None:
        self.dataset_folder = dataset_folder
        self.s1_col_idx, self.s2_col_idx, self.s3_col_idx = s1_col_idx, s2_col_idx, s3_col_idx
        self.has_header, self.delimiter, self.quoting = has_header, delimiter, quoting

    def get_examples(self, filename: str, max_examples: int = 0) -> list[InputExample]:
        """Read a file.

        Args:
            filename: Its name within the folder.
            max_examples: Most examples; 0 reads all.

        Returns:
            Triplets.
        """
        path = Path(self.dataset_folder) / filename
        columns = (self.s1_col_idx, self.s2_col_idx, self.s3_col_idx)
        examples: list[InputExample] = []
        for line, row in delimited_rows(path, self.delimiter, self.quoting, skip=int(self.has_header)):
            texts = [cell(row, column, path, line) for column in columns]
            examples.append(InputExample(guid=f"{filename}-{len(examples)}", texts=texts))
            if 0 < max_examples <= len(examples):
                break
        return examples
