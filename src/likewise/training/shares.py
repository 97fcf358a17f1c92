"""Evaluation by several processes: each takes every n-th batch, and every row counts once.

Where some processes have no batch left at the end, they are given one that does not count: a loss that gathers over
processes waits for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, final

from torch.utils.data import BatchSampler

# Unlike any name of a column.
COUNTS = "shares:counts"


class Share(BatchSampler):
    """What one process evaluates of the batches of a sampler.

    Args:
        batches: All batches.
        process: Number of this process.
        processes: Number of processes.

    Example:
        >>> share = Share(BatchSampler(range(5), 2, False), process=1, processes=2)
        >>> list(share), share.counted
        ([[2, 3], [4]], 1)
    """

    def __init__(self, batches: BatchSampler, process: int, processes: int) -> None:
        self.batches, self.process, self.processes = batches, process, processes

    @property
    def counted(self) -> int:
        """How many of this process's batches count; those come first."""
        return len(range(self.process, len(self.batches), self.processes))

    def __len__(self) -> int:
        return -(-len(self.batches) // self.processes)

    def __iter__(self) -> Iterator[list[int]]:
        batches = iter(self.batches)
        while together := list(islice(batches, self.processes)):
            yield together[self.process] if self.process < len(together) else together[0]


@final
class Uncounted(list[Any]):
    """Rows of a batch that another process evaluates as well."""


@final
@dataclass(frozen=True)
class Marked:
    """A collator that says of a batch that it does not count.

    Args:
        collate: Rows to a batch.

    Example:
        >>> Marked(lambda rows: {"rows": len(rows)})(Uncounted([1, 2]))
        {'rows': 2, 'shares:counts': False}
    """

    collate: Callable[..., Any]

    def __call__(self, rows: Any) -> Any:
        """Make a batch."""
        made = self.collate(rows)
        return {**made, COUNTS: False} if isinstance(rows, Uncounted) else made
