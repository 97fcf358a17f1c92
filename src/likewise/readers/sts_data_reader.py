"""Pairs of sentences with a score, one pair a line."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from likewise.errors import InputError
from likewise.readers.input_example import InputExample
from likewise.readers.lines import cell, delimited_rows


class STSDataReader:
    """Reads pairs with a score, which is brought to 0 to 1.

    Args:
        dataset_folder: Where the files are.
        s1_col_idx: Column of the first sentence, from 0.
        s2_col_idx: Column of the second.
        score_col_idx: Column of the score.
        delimiter: Between the columns.
        quoting: As in `csv`.
        normalize_scores: Whether scores are brought to 0 to 1.
        min_score: Lowest score.
        max_score: Highest score.

    Raises:
        InputError: If scores are to be normalised and the highest is not above the lowest.

    Example:
        >>> STSDataReader("sts").max_score
        5
    """

    def __init__(
        self,
        dataset_folder: str | Path,
        s1_col_idx: int = 0,
        s2_col_idx: int = 1,
        score_col_idx: int = 2,
        delimiter: str = "\t",
        quoting: int = csv.QUOTE_NONE,
        normalize_scores: bool = True,
        min_score: float = 0,
        max_score: float = 5,
    ) -> None:
        if normalize_scores and not max_score > min_score:
            raise InputError(f"min_score={min_score}, max_score={max_score}", accepted="a max_score above min_score")
        self.dataset_folder = dataset_folder
        self.s1_col_idx, self.s2_col_idx, self.score_col_idx = s1_col_idx, s2_col_idx, score_col_idx
        self.delimiter, self.quoting = delimiter, quoting
        self.normalize_scores, self.min_score, self.max_score = normalize_scores, min_score, max_score

    def get_examples(self, filename: str, max_examples: int = 0) -> list[InputExample]:
        """Read a file.

        Args:
            filename: Its name within the folder.
            max_examples: Most examples; 0 reads all.

        Returns:
            Pairs with a score.

        Raises:
            InputError: If a line lacks a column, or a score is no number.
        """
        path = Path(self.dataset_folder) / filename
        examples: list[InputExample] = []
        for line, row in delimited_rows(path, self.delimiter, self.quoting):
            texts = [cell(row, column, path, line) for column in (self.s1_col_idx, self.s2_col_idx)]
            score = self._score(cell(row, self.score_col_idx, path, line), path, line)
            examples.append(InputExample(guid=f"{filename}{line - 1}", texts=texts, label=score))
            if 0 < max_examples <= len(examples):
                break
        return examples

    def _score(self, text: str, path: Path, line: int) -> float:
        try:
            score = float(text)
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise InputError(f"{path}, line {line}: score {text!r}", accepted="a finite number")
        if not self.normalize_scores:
            return score
        return (score - self.min_score) / (self.max_score - self.min_score)


class STSBenchmarkDataReader(STSDataReader):
    """Reads the files of the STS benchmark, whose sentences and score are in columns 5, 6 and 4.

    Args:
        dataset_folder: Where the files are.
        s1_col_idx: Column of the first sentence, from 0.
        s2_col_idx: Column of the second.
        score_col_idx: Column of the score.
        delimiter: Between the columns.
        quoting: As in `csv`.
        normalize_scores: Whether scores are brought to 0 to 1.
        min_score: Lowest score.
        max_score: Highest score.

    Example:
        >>> STSBenchmarkDataReader("sts").score_col_idx
        4
    """

    def __init__(
        self,
        dataset_folder: str | Path,
        s1_col_idx: int = 5,
        s2_col_idx: int = 6,
        score_col_idx: int = 4,
        delimiter: str = "\t",
        quoting: int = csv.QUOTE_NONE,
        normalize_scores: bool = True,
        min_score: float = 0,
        max_score: float = 5,
    ) -> None:
        columns = (s1_col_idx, s2_col_idx, score_col_idx)
        super().__init__(dataset_folder, *columns, delimiter, quoting, normalize_scores, min_score, max_score)
