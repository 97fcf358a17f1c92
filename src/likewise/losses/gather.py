"""Embeddings of all processes, through which gradients flow back to the process that computed them.

Knows tensors and the process group. Does not know losses.

Legend: C columns, B rows of this process, N rows of all processes, D dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from likewise.errors import ShapeError


@final
@dataclass(frozen=True, slots=True)
class Gathered:
    """The columns of all processes.

    Args:
        columns: [N, D] each; the rows of process 0 come first, then those of process 1, and so on.
        first: Where the rows of this process begin.
        share: What the mean over this process's rows is multiplied with, so that the mean of the processes is the mean
            over all N rows: processes x B / N, which is 1 where all have the same number of rows.
    """

    columns: tuple[Tensor, ...]
    first: int
    share: float

    def mean(self, losses_B: Tensor) -> Tensor:
        """The mean over this process's rows, so that the mean of the processes is the mean over all rows.

        Args:
            losses_B: A loss for each row of this process, [B]; there may be none.

        Returns:
            A scalar; 0 without a row, with a gradient, since every process has to run the backward pass.

        Example:
            >>> gather_columns([torch.zeros(2, 3)]).mean(torch.tensor([1.0, 3.0]))
            tensor(2.)
        """
        return losses_B.sum() * (self.share / max(len(losses_B), 1))


def gather_columns(columns: Sequence[Tensor], *, across_devices: bool = True) -> Gathered:
    r"""Collect the embeddings of all processes, in one exchange.

    Backwards, each process gets the sum over all processes of the gradients of its own embeddings,
    $\sum_r \partial L_r / \partial e$. DistributedDataParallel then takes the mean over the processes of the gradients
    of the weights, so that these are the gradients of $\frac{1}{W} \sum_r L_r$: what one process gets from the joint
    batch.

    Every process of the group must call this, and run the backward pass.

    Args:
        columns: Embeddings of this process, [B, D] each; B may differ from process to process.
        across_devices: False, as well as a single process, gives this process's columns.

    Returns:
        The columns of all processes.

    Raises:
        ShapeError: If the columns of this process differ in shape.

    Example:
        >>> gather_columns([torch.zeros(2, 3)]).first
        0
    """
    if not across_devices or not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return Gathered(tuple(columns), 0, 1.0)
    if len({column.shape for column in columns}) > 1:
        raise ShapeError(
            f"columns of shapes {[tuple(column.shape) for column in columns]}",
            accepted="columns of one shape, where they are gathered from several processes",
        )
    world, rank = dist.get_world_size(), dist.get_rank()
    own_rows = columns[0].shape[0]
    rows = torch.zeros(world, dtype=torch.long, device=columns[0].device)
    rows[rank] = own_rows
    dist.all_reduce(rows)
    counts = [int(count) for count in rows.tolist()]
    pieces = _Exchange.apply(torch.stack(list(columns)), counts)  # type: ignore[no-untyped-call]
    return Gathered(
        columns=tuple(torch.cat([piece[at] for piece in pieces]) for at in range(len(columns))),
        first=sum(counts[:rank]),
        share=world * own_rows / sum(counts),
    )


@final
class _Exchange(torch.autograd.Function):
    """[C, B, D] of this process to one such tensor for each process."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, counts: list[int]) -> tuple[Tensor, ...]:
        """Exchange as many rows as the longest process has: collectives want equal shapes."""
        ctx.counts = counts
        received = own.new_empty(len(counts), own.shape[0], max(counts), own.shape[2])
        dist.all_gather(list(received.unbind()), _padded(own, max(counts)))
        return tuple(received[at, :, :count].contiguous() for at, count in enumerate(counts))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Add up what all processes say about the rows of this one."""
        counts: list[int] = ctx.counts
        rank = dist.get_rank()
        total = torch.stack([_padded(each, max(counts)) for each in gradients])
        dist.all_reduce(total)
        return total[rank, :, : counts[rank]], None


def _padded(rows: Tensor, count: int) -> Tensor:
    return torch.nn.functional.pad(rows, (0, 0, 0, count - rows.shape[1])).contiguous()
