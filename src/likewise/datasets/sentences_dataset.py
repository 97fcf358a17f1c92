"""A list of examples as a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.utils.data import Dataset

from likewise.readers.input_example import InputExample


class SentencesDataset(Dataset[InputExample]):
    """Examples by number.

    Args:
        examples: The examples.
        model: Taken for the sake of the documented signature.

    Example:
        >>> len(SentencesDataset([InputExample(texts=["a"])], None))
        1
    """

    def __init__(self, examples: Sequence[InputExample], model: Any = None) -> None:
        del model
        self.examples = examples

    def __getitem__(self, item: int) -> InputExample:
        return self.examples[item]

    def __len__(self) -> int:
        return len(self.examples)
