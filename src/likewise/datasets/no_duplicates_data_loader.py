"""Batches of examples in which no text stands twice, for losses with in-batch negatives."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from likewise.errors import InputError
from likewise.readers.input_example import InputExample


class NoDuplicatesDataLoader:
    """Shuffled batches without a text twice; an example that does not fit waits for the next batch.

    Args:
        train_examples: The examples.
        batch_size: Examples of a batch.

    Raises:
        InputError: If the batch size is below 1, or (when batches are drawn) if not even the first can be filled.

    Example:
        >>> examples = [InputExample(texts=[text]) for text in ("a", "b", "a")]
        >>> [len(batch) for batch in NoDuplicatesDataLoader(examples, batch_size=2)]
        [2]
    """

    def __init__(self, train_examples: Sequence[InputExample], batch_size: int) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size={batch_size}", accepted="an integer >= 1")
        self.train_examples = list(train_examples)
        self.batch_size = batch_size
        self.collate_fn: Callable[[list[InputExample]], Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        own = random.Random(random.getrandbits(64))
        waiting = deque(own.sample(self.train_examples, len(self.train_examples)))
        for number in range(len(self)):
            batch = self._batch(waiting)
            if len(batch) < self.batch_size and number == 0:
                raise InputError(
                    f"{len(self.train_examples)} examples, of which only {len(batch)} have no text in common",
                    accepted=f"enough different texts for batch_size={self.batch_size}",
                    fix=f"NoDuplicatesDataLoader(train_examples, batch_size={len(batch)})",
                )
            if len(batch) < self.batch_size:
                return
            yield self.collate_fn(batch) if self.collate_fn is not None else batch

    def _batch(self, waiting: deque[InputExample]) -> list[InputExample]:
        """Take a batch off the front; what does not fit goes back there."""
        batch: list[InputExample] = []
        seen: set[str] = set()
        later: list[InputExample] = []
        while waiting and len(batch) < self.batch_size:
            example = waiting.popleft()
            texts = {text.strip().lower() if isinstance(text, str) else text for text in example.texts or []}
            if seen.isdisjoint(texts):
                batch.append(example)
                seen |= texts
            else:
                later.append(example)
        waiting.extendleft(reversed(later))
        return batch

    def __len__(self) -> int:
        return math.floor(len(self.train_examples) / self.batch_size)
