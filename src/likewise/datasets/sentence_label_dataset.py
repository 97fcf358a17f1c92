"""Examples in groups of one label, as batch-hard losses need them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import IterableDataset

from likewise.errors import InputError
from likewise.readers.input_example import InputExample


class SentenceLabelDataset(IterableDataset[InputExample]):
    """Examples such that neighbours, `samples_per_label` at a time, have one label; rarer labels are left out.

    Args:
        examples: Examples with a class as label.
        samples_per_label: How many neighbours have one label.
        with_replacement: Whether an example may come several times in an epoch.

    Raises:
        InputError: If no label stands often enough, or `samples_per_label` is below 1.

    Example:
        >>> examples = [InputExample(texts=[text], label=label) for text, label in zip("abcd", [0, 1, 0, 1])]
        >>> [example.label for example in SentenceLabelDataset(examples)] in ([0, 0, 1, 1], [1, 1, 0, 0])
        True
    """

    def __init__(
        self, examples: Sequence[InputExample], samples_per_label: int = 2, with_replacement: bool = False
    ) -> None:
        if samples_per_label < 1:
            raise InputError(f"samples_per_label={samples_per_label}", accepted="an integer >= 1")
        by_label: dict[int, list[InputExample]] = {}
        for example in examples:
            by_label.setdefault(example.label, []).append(example)
        self.samples_per_label = samples_per_label
        self.with_replacement = with_replacement
        self.groups = [group for group in by_label.values() if len(group) >= samples_per_label]
        if not self.groups:
            raise InputError(
                f"{len(examples)} examples, and no label stands {samples_per_label} times",
                accepted="labels of which at least one stands so often",
            )

    def __iter__(self) -> Iterator[InputExample]:
        own = random.Random(random.getrandbits(64))
        left = [own.sample(group, len(group)) for group in self.groups]
        ready = list(range(len(left)))
        # In rounds over the labels, so that a batch has several of them: one label alone has no negatives.
        while ready:
            for place in own.sample(ready, len(ready)):
                taken = [left[place].pop() for _ in range(self.samples_per_label)]
                yield from own.sample(self.groups[place], self.samples_per_label) if self.with_replacement else taken
            ready = [place for place in ready if len(left[place]) >= self.samples_per_label]

    def __len__(self) -> int:
        return sum(len(group) // self.samples_per_label * self.samples_per_label for group in self.groups)
