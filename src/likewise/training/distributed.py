"""Several processes: what a loss learns itself is kept equal on all of them; the model is its wrapper's business."""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

_MOMENT_S = 0.5


def is_distributed() -> bool:
    """Whether there are several processes."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def leave_at_exit() -> None:
    """Have this process, if it is one of several, leave their group before the interpreter ends.

    The threads of gloo may hold tensors for a moment longer than Python holds itself; letting go of one then aborts the
    process, after all work was done.
    """
    if is_distributed():
        atexit.unregister(_leave)
        atexit.register(_leave)


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
        time.sleep(_MOMENT_S)  # without the interpreter lock, which such a thread needs to let go


def wait_for_all() -> None:
    """Wait until every process is here."""
    if is_distributed():
        dist.barrier()


def broadcast(parameters: Iterable[nn.Parameter]) -> None:
    """Give all processes the values of the first.

    Args:
        parameters: The parameters, in the same order on every process.
    """
    if is_distributed():
        with torch.no_grad():
            for parameter in parameters:
                dist.broadcast(parameter, src=0)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Average gradients over all processes, as DistributedDataParallel does for the model.

    Args:
        parameters: The parameters, in the same order on every process. One without gradient counts as 0, unless no
            process has one: then it stays without, so that the optimizer leaves it alone.
    """
    all_of_them = list(parameters)
    if not all_of_them or not is_distributed():
        return
    have = summed(torch.tensor([each.grad is not None for each in all_of_them], device=all_of_them[0].device).float())
    for parameter, number in zip(all_of_them, have.tolist(), strict=True):
        if not number:
            continue
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        dist.all_reduce(parameter.grad)
        parameter.grad /= dist.get_world_size()


def summed(values: Tensor) -> Tensor:
    """Add up a tensor over all processes.

    Args:
        values: Any shape.

    Returns:
        The sum; the tensor itself if there is one process.

    Example:
        >>> summed(torch.tensor([1.0, 2.0]))
        tensor([1., 2.])
    """
    if is_distributed():
        dist.all_reduce(values)
    return values
