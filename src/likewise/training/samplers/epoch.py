"""A sampler that is told the epoch, and draws from it and its seed; nothing else decides its order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import BatchSampler

from likewise.errors import InputError


class SetEpochMixin:
    """What makes a sampler reshuffle: it is told the epoch before each. The documented name, for user-made samplers.

    Args:
        *args: For the classes beside it.
        **kwargs: For the classes beside it.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch is next.

        Args:
            epoch: Its number, from 0.
        """
        self.epoch = epoch


class EpochBatchSampler(SetEpochMixin, BatchSampler, ABC):
    """Batches of row numbers that depend on seed and epoch alone; the base of the samplers of one data set.

    Args:
        rows: Number of rows.
        batch_size: Rows of a batch.
        drop_last: Whether a last batch with fewer rows is left out.
        generator: Its initial seed is added to `seed`, so that two runs with differently seeded generators differ.
        seed: Seed of the order.

    Raises:
        InputError: If the batch size is less than 1.
    """

    def __init__(
        self, rows: int, batch_size: int, drop_last: bool, generator: torch.Generator | None = None, seed: int = 0
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise InputError(f"batch_size={batch_size!r}", accepted="an integer of at least 1")
        super().__init__(range(rows), batch_size, drop_last)
        self.rows = rows
        self.generator = generator
        self.seed = seed

    @abstractmethod
    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the epoch."""

    def random(self) -> np.random.Generator:
        """Random numbers of this seed and epoch."""
        given = 0 if self.generator is None else self.generator.initial_seed()
        return np.random.default_rng([self.seed, self.epoch, given % (1 << 63)])

    def __len__(self) -> int:
        whole, rest = divmod(self.rows, self.batch_size)
        return whole + (1 if rest and not self.drop_last else 0)
