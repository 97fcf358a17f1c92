"""Batches for contrastive tension: a sentence with itself, and the same sentence with others."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from likewise.errors import InputError
from likewise.readers.input_example import InputExample


class ContrastiveTensionDataLoader:
    """Of each `pos_neg_ratio` pairs one is a sentence with itself (label 1), the others it with another one (label 0).

    Args:
        sentences: The sentences; one that is there several times counts once, since it would be its own negative.
        batch_size: Pairs of a batch; a multiple of `pos_neg_ratio`.
        pos_neg_ratio: Pairs for each sentence.

    Raises:
        InputError: If the batch size is no multiple, or one of the two is below 1.

    Example:
        >>> loader = ContrastiveTensionDataLoader(["a", "b", "c"], batch_size=2, pos_neg_ratio=2)
        >>> [[example.label for example in batch] for batch in loader]
        [[1, 0]]

    Reference:
        Carlsson et al., Semantic Re-tuning with Contrastive Tension, ICLR 2021.
    """

    def __init__(self, sentences: Sequence[str], batch_size: int, pos_neg_ratio: int = 8) -> None:
        if pos_neg_ratio < 1 or batch_size < 1 or batch_size % pos_neg_ratio:
            raise InputError(
                f"batch_size={batch_size} with pos_neg_ratio={pos_neg_ratio}",
                accepted="a batch size that is a multiple of pos_neg_ratio",
                fix=f"batch_size={max(1, batch_size // max(1, pos_neg_ratio)) * max(1, pos_neg_ratio)}",
            )
        self.sentences = list(dict.fromkeys(sentence.strip() for sentence in sentences))
        self.batch_size = batch_size
        self.pos_neg_ratio = pos_neg_ratio
        self.collate_fn: Callable[[list[InputExample]], Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        own = random.Random(random.getrandbits(64))
        order = iter(own.sample(self.sentences, len(self.sentences)))
        for _ in range(len(self)):
            batch: list[InputExample] = []
            while len(batch) < self.batch_size:
                alike = len(batch) % self.pos_neg_ratio == 0
                first = next(order) if alike else batch[-1].texts[0]  # type: ignore[index]
                second = first if alike else next(order)
                batch.append(InputExample(texts=[first, second], label=int(alike)))
            yield self.collate_fn(batch) if self.collate_fn is not None else batch

    def __len__(self) -> int:
        return math.floor(len(self.sentences) / self.batch_size)
