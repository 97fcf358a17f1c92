"""What losses need of the other processes of a run: how many terms their means have, and their texts.

Knows the process group; knows no model and no formula. Every process of the group must ask, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.distributed as dist
from torch import Tensor


def mean_of_terms(total: Tensor, count: Tensor, *, across_devices: bool = False) -> Tensor:
    r"""A sum over its number of terms, $\sum / n$, where n is the mean over all processes if that is asked for.

    So the mean over processes, which DistributedDataParallel takes of gradients, is the mean over all terms of all
    processes, however many each has.

    Args:
        total: Sum of the terms of this process.
        count: How many there are.
        across_devices: Whether the terms of all processes count.

    Returns:
        A scalar; 0 where there is no term.

    Example:
        >>> import torch
        >>> mean_of_terms(torch.tensor(6.0), torch.tensor(3))
        tensor(2.)
    """
    if not (across_devices and _are_several()):
        return total / count.clamp(min=1)
    everywhere = count.detach().to(total.dtype)
    dist.all_reduce(everywhere)
    return total * dist.get_world_size() / everywhere.clamp(min=1)


def columns_everywhere(
    columns: Sequence[Sequence[Any]], *, across_devices: bool = False
) -> tuple[list[list[Any]], int]:
    """Columns of texts of all processes.

    Args:
        columns: Those of this process.
        across_devices: Whether those of the others are wanted.

    Returns:
        The columns, with the rows of process 0 first; and where the rows of this process begin.

    Example:
        >>> columns_everywhere([["a"], ["b"]])
        ([['a'], ['b']], 0)
    """
    own = [list(column) for column in columns]
    if not (across_devices and _are_several()):
        return own, 0
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, own)
    joined = [[text for process in found for text in process[at]] for at in range(len(own))]
    return joined, sum(len(process[0]) for process in found[: dist.get_rank()])


def _are_several() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
