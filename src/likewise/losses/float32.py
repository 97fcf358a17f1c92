"""Losses are computed in float32: half precision cannot tell small distances apart. Knows tensors only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def float32(embeddings: Sequence[Tensor]) -> list[Tensor]:
    """Embeddings in float32, or wider where they are.

    Args:
        embeddings: [B, D] for each column.

    Returns:
        The same, half precision widened.

    Example:
        >>> float32([torch.ones(1, 2, dtype=torch.float16)])[0].dtype
        torch.float32
    """
    return [each if each.dtype == torch.float64 else each.float() for each in embeddings]


def without_autocast(like: Tensor) -> torch.autocast:
    """A context in which matrix products keep their precision, also in mixed-precision training.

    Args:
        like: Any tensor on the device.

    Returns:
        The context.

    Example:
        >>> ones = torch.ones(1, 1)
        >>> with torch.autocast("cpu", torch.bfloat16), without_autocast(ones):
        ...     (ones @ ones).dtype
        torch.float32
    """
    return torch.autocast(like.device.type, enabled=False)


def for_sums(values: Tensor) -> Tensor:
    """Values in float64, in which long sums and differences of large numbers keep their digits.

    Args:
        values: Numbers, few enough that their size does not matter.

    Returns:
        The same in float64; in float32 on Apple's GPUs, which know no float64.

    Example:
        >>> for_sums(torch.ones(1)).dtype
        torch.float64
    """
    return values.float() if values.device.type == "mps" else values.double()
