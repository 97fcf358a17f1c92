"""How the processes of a distributed run share one evaluation: which part is whose, and how results come together.

An evaluator shares its work only within `with sharded():`, which every process of the group must enter and in which
every one must call the same evaluators in the same order. Outside of it each process evaluates alone: then an
evaluator may be called on one process only, without waiting for others that never come.
Does not know evaluators, and imports torch only where work is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar, final

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class Shard:
    """The part of the work that is this process's.

    Args:
        rank: Number of the process.
        size: Number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files.

        Returns:
            True for rank 0.
        """
        return self.rank == 0

    def span(self, total: int) -> range:
        """Which of a number of items are this process's: neighbours, as many for each process as for any other.

        Args:
            total: Number of items.

        Returns:
            Their numbers.

        Example:
            >>> [list(Shard(rank, 2).span(5)) for rank in range(2)]
            [[0, 1], [2, 3, 4]]
        """
        return range(total * self.rank // self.size, total * (self.rank + 1) // self.size)

    def gather(self, value: T) -> list[T]:
        """Bring the values of all processes together; all must call this.

        Args:
            value: What this process has; it must pickle.

        Returns:
            The values of all processes in order of rank, the same on each.

        Example:
            >>> Shard().gather("alone")
            ['alone']
        """
        if self.size == 1:
            return [value]
        import torch.distributed

        values: list[T | None] = [None] * self.size
        torch.distributed.all_gather_object(values, value)
        return values  # type: ignore[return-value]


_ALONE = Shard()
_current: ContextVar[Shard] = ContextVar("likewise_evaluation_shard", default=_ALONE)


def current_shard() -> Shard:
    """The part of the work that is this process's: all of it outside of `sharded`.

    Returns:
        The shard.

    Example:
        >>> current_shard()
        Shard(rank=0, size=1)
    """
    return _current.get()


@contextmanager
def sharded() -> Iterator[Shard]:
    """Share evaluations among the processes of `torch.distributed` for the length of a `with` block.

    Without a process group the block changes nothing, so a trainer may always use it.

    Yields:
        This process's part.

    Example:
        >>> with sharded() as shard:
        ...     shard.size
        1
    """
    import torch.distributed as distributed

    shard = _ALONE
    if distributed.is_available() and distributed.is_initialized():
        shard = Shard(distributed.get_rank(), distributed.get_world_size())
    token = _current.set(shard)
    try:
        yield shard
    finally:
        _current.reset(token)
