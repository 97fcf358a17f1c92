"""Which attention kernel runs where. Knows no tensors."""

from __future__ import annotations

import torch

from likewise.encoder.attention import Attention, GroupedAttention
from likewise.encoder.varlen_attention import HALF, FlashAttention, VarlenAttention, has_flash, has_varlen


def choose_attention(device: torch.device, dtype: torch.dtype, *, biased: bool) -> Attention:
    """Pick the kernel for a device and a dtype: on CUDA in half precision PyTorch's own, else flash-attn, else groups.

    Args:
        device: Where the tensors are.
        dtype: Their type; under autocast its type counts instead.
        biased: Whether scores carry a bias.

    Returns:
        The kernel.

    Example:
        >>> choose_attention(torch.device("cpu"), torch.float32, biased=False).name
        'sdpa on runs of equal length'
    """
    if device.type != "cuda" or biased:
        return GroupedAttention()
    if torch.is_autocast_enabled(device.type):
        dtype = torch.get_autocast_dtype(device.type)
    if dtype not in HALF:
        return GroupedAttention()
    if has_varlen():
        return VarlenAttention()
    return FlashAttention() if has_flash() else GroupedAttention()
