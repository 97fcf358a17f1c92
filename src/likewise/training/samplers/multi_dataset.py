"""Which of several data sets the next batch comes from; a batch never mixes them. Row numbers run through all sets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch.utils.data import BatchSampler, ConcatDataset

from likewise.errors import InputError
from likewise.training.samplers.epoch import SetEpochMixin


class MultiDatasetDefaultBatchSampler(SetEpochMixin, BatchSampler, ABC):
    """The base of samplers over several data sets, and of those that users write.

    Args:
        dataset: The data sets, one after the other.
        batch_samplers: One for each data set, with row numbers of that set.
        generator: Its initial seed is mixed into the order.
        seed: Seed of the order.

    Raises:
        InputError: If there are not as many samplers as data sets.
    """

    def __init__(
        self,
        dataset: ConcatDataset[Any],
        batch_samplers: Sequence[BatchSampler],
        generator: torch.Generator | None = None,
        seed: int | None = None,
    ) -> None:
        if len(dataset.datasets) != len(batch_samplers):
            raise InputError(
                f"{len(batch_samplers)} batch samplers for {len(dataset.datasets)} data sets",
                accepted="one batch sampler for each data set",
            )
        super().__init__(range(len(dataset)), batch_samplers[0].batch_size, batch_samplers[0].drop_last)
        self.dataset = dataset
        self.batch_samplers = list(batch_samplers)
        self.generator = generator
        self.seed = seed or 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next, to the samplers of the data sets as well.

        Args:
            epoch: Its number, from 0.
        """
        super().set_epoch(epoch)
        for sampler in self.batch_samplers:
            if isinstance(sampler, SetEpochMixin):
                sampler.set_epoch(epoch)

    def random(self) -> np.random.Generator:
        """Random numbers of this seed and epoch."""
        given = 0 if self.generator is None else self.generator.initial_seed()
        return np.random.default_rng([self.seed, self.epoch, given % (1 << 63)])

    @abstractmethod
    def order(self) -> Iterator[int]:
        """Places of the data sets that the batches come from, in order."""

    def __iter__(self) -> Iterator[list[int]]:
        offsets = [0, *accumulate(len(each) for each in self.dataset.datasets)]  # type: ignore[arg-type]
        batches = [iter(sampler) for sampler in self.batch_samplers]
        for place in self.order():
            batch = next(batches[place], None)
            if batch is None:
                return
            yield [row + offsets[place] for row in batch]

    @abstractmethod
    def __len__(self) -> int:
        """Batches of the epoch."""


class RoundRobinBatchSampler(MultiDatasetDefaultBatchSampler):
    """One batch of each data set in turn, until one of them has no more: all count the same, whatever their size.

    Example:
        >>> from likewise.training.samplers import DefaultBatchSampler
        >>> sets = ConcatDataset([["a", "b"], ["c", "d", "e", "f"]])
        >>> samplers = [DefaultBatchSampler(each, 1, False) for each in sets.datasets]
        >>> [batch[0] < 2 for batch in RoundRobinBatchSampler(sets, samplers)]
        [True, False, True, False]
    """

    def order(self) -> Iterator[int]:
        """Each data set in turn, as often as the one with the fewest batches allows."""
        for _ in range(min(len(sampler) for sampler in self.batch_samplers)):
            yield from range(len(self.batch_samplers))

    def __len__(self) -> int:
        return min(len(sampler) for sampler in self.batch_samplers) * len(self.batch_samplers)


class ProportionalBatchSampler(MultiDatasetDefaultBatchSampler):
    """Every batch of every data set once, in random order: a set counts as much as it has rows.

    Example:
        >>> from likewise.training.samplers import DefaultBatchSampler
        >>> sets = ConcatDataset([["a", "b"], ["c", "d", "e", "f"]])
        >>> samplers = [DefaultBatchSampler(each, 1, False) for each in sets.datasets]
        >>> sorted(batch[0] for batch in ProportionalBatchSampler(sets, samplers))
        [0, 1, 2, 3, 4, 5]
    """

    def order(self) -> Iterator[int]:
        """All batches of all data sets, shuffled."""
        counts = [len(sampler) for sampler in self.batch_samplers]
        places = np.repeat(np.arange(len(counts)), counts)
        yield from self.random().permutation(places).tolist()

    def __len__(self) -> int:
        return sum(len(sampler) for sampler in self.batch_samplers)
