"""Batches of examples in which no text stands twice, for losses with in-batch negatives."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from likewise.readers.input_example import InputExample


class NoDuplicatesDataLoader:
    """Shuffled batches without a text twice; an example that does not fit waits for the next batch.

    Args:
        train_examples: The examples.
        batch_size: Examples of a batch.

    Example:
        >>> examples = [InputExample(texts=[text]) for text in ("a", "b", "a")]
        >>> [len(batch) for batch in NoDuplicatesDataLoader(examples, batch_size=2)]
        [2]
    """

    def __init__(self, train_examples: Sequence[InputExample], batch_size: int) -> None:
        self.train_examples = list(train_examples)
        self.batch_size = batch_size
        self.collate_fn: Callable[[list[InputExample]], Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        waiting = random.sample(self.train_examples, len(self.train_examples))
        for _ in range(len(self)):
            batch, waiting = self._batch(waiting)
            if len(batch) < self.batch_size:
                return
            yield self.collate_fn(batch) if self.collate_fn is not None else batch

    def _batch(self, waiting: list[InputExample]) -> tuple[list[InputExample], list[InputExample]]:
        batch: list[InputExample] = []
        seen: set[str] = set()
        later: list[InputExample] = []
        for at, example in enumerate(waiting):
            if len(batch) == self.batch_size:
                return batch, later + waiting[at:]
            texts = {text.strip().lower() if isinstance(text, str) else text for text in example.texts or []}
            if seen.isdisjoint(texts):
                batch.append(example)
                seen |= texts
            else:
                later.append(example)
        return batch, later

    def __len__(self) -> int:
        return math.floor(len(self.train_examples) / self.batch_size)
