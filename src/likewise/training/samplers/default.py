"""Shuffled rows, cut into batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from likewise.training.samplers.epoch import EpochBatchSampler


class DefaultBatchSampler(EpochBatchSampler):
    """Every row once an epoch, in an order that depends on seed and epoch.

    Args:
        dataset: Anything with a length; or a sampler of rows, as `torch.utils.data.BatchSampler` takes.
        batch_size: Rows of a batch.
        drop_last: Whether a last batch with fewer rows is left out.
        valid_label_columns: Taken for the sake of a common signature.
        generator: Its initial seed is mixed into the order.
        seed: Seed of the order.

    Example:
        >>> sampler = DefaultBatchSampler(["a", "b", "c"], batch_size=2, drop_last=False)
        >>> sorted(row for batch in sampler for row in batch), len(sampler)
        ([0, 1, 2], 2)
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: Sequence[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> None:
        del valid_label_columns
        super().__init__(len(dataset), batch_size, drop_last, generator, seed)

    def __iter__(self) -> Iterator[list[int]]:
        order = self.random().permutation(self.rows)
        for batch in range(len(self)):
            yield order[batch * self.batch_size : (batch + 1) * self.batch_size].tolist()
