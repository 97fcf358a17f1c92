"""Random choices of a step, the same in all processes and repeated exactly by a run that is resumed.

They are drawn from torch's generator, whose state a checkpoint keeps. Knows no loss.
"""

from __future__ import annotations

import torch
import torch.distributed as dist

from likewise.errors import InputError


def choose(number: int, out_of: int, device: torch.device) -> list[int]:
    """Choose some of several things at random.

    Args:
        number: How many; -1, or as many as there are, takes all and draws nothing.
        out_of: How many there are.
        device: Where the processes exchange the choice of the first of them.

    Returns:
        Places in rising order.

    Example:
        >>> choose(-1, 3, torch.device("cpu"))
        [0, 1, 2]
        >>> len(choose(2, 3, torch.device("cpu")))
        2
    """
    if number == -1 or number >= out_of:
        return list(range(out_of))
    picked = torch.randperm(out_of)[:number].sort().values
    if dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1:
        # Dropout draws from the same generator, so that the processes' generators may have drifted apart.
        picked = picked.to(device)
        dist.broadcast(picked, src=0)
    return [int(place) for place in picked.tolist()]


def check_per_step(name: str, number: int) -> int:
    """Refuse a number of things per step that means nothing.

    Args:
        name: Name of the argument.
        number: What was given.

    Returns:
        The number.

    Raises:
        InputError: If it is neither -1 nor at least 1.

    Example:
        >>> check_per_step("n_dims_per_step", -1)
        -1
    """
    if isinstance(number, bool) or not isinstance(number, int) or not (number == -1 or number >= 1):
        raise InputError(f"{name}={number!r}", accepted="an integer of at least 1, or -1 for all", fix=f"{name}=-1")
    return number
