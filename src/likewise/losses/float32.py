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
