"""Natural language inference: three files, line by line premise, hypothesis and label."""

from __future__ import annotations

from pathlib import Path

from likewise.errors import InputError
from likewise.readers.input_example import InputExample
from likewise.readers.lines import text_lines


class NLIDataReader:
    """Reads `s1.<name>`, `s2.<name>` and `labels.<name>` of a folder.

    Args:
        dataset_folder: The folder.

    Example:
        >>> NLIDataReader("nli").map_label("neutral")
        2
    """

    def __init__(self, dataset_folder: str | Path) -> None:
        self.dataset_folder = dataset_folder

    def get_examples(self, filename: str, max_examples: int = 0) -> list[InputExample]:
        """Read three files.

        Args:
            filename: What their names have in common, such as "train.gz".
            max_examples: Most examples; 0 reads all.

        Returns:
            Pairs with a class.

        Raises:
            InputError: If the files are not equally long, or a label is not known.
        """
        folder = Path(self.dataset_folder)
        columns = [list(text_lines(folder / f"{kind}.{filename}")) for kind in ("s1", "s2", "labels")]
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise InputError(f"{folder}: files of {lengths} lines", accepted="three files with equally many lines")
        rows = list(zip(*columns, strict=True))
        rows = rows[:max_examples] if max_examples > 0 else rows
        labels = folder / f"labels.{filename}"
        return [
            InputExample(guid=f"{filename}-{at}", texts=[first, second], label=self._class(label, labels, at + 1))
            for at, (first, second, label) in enumerate(rows)
        ]

    def _class(self, label: str, path: Path, line: int) -> int:
        try:
            return self.map_label(label)
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error.received}", accepted=error.accepted) from error

    @staticmethod
    def get_labels() -> dict[str, int]:
        """The labels and their classes."""
        return {"contradiction": 0, "entailment": 1, "neutral": 2}

    def get_num_labels(self) -> int:
        """Number of classes."""
        return len(self.get_labels())

    def map_label(self, label: str) -> int:
        """The class of a label.

        Args:
            label: The label; white space around it is dropped.

        Returns:
            Its class.

        Raises:
            InputError: If it is not known.
        """
        known = self.get_labels()
        if label.strip().lower() not in known:
            raise InputError(f"label {label!r}", accepted=", ".join(known))
        return known[label.strip().lower()]
