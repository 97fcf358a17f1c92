"""Attention kernels for CUDA that take a whole packed batch at once, in half precision. Written, not yet run on a GPU.

Both hand over to `GroupedAttention` what they do not know. Under autocast, what comes in float32 (rotated queries and
keys) is brought to the type of the autocast first.

Legend: T tokens of the batch, H heads, K width of a head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, final

import torch
from torch import Tensor

from likewise.encoder.attention import GroupedAttention
from likewise.encoder.batch import PackedBatch

HALF = (torch.float16, torch.bfloat16)


@final
@dataclass(frozen=True, slots=True)
class VarlenAttention:
    """PyTorch's variable-length flash attention: no bias, no dropout, one kernel for the whole batch.

    Args:
        name: For reports.
    """

    name: str = "torch varlen_attn"

    def __call__(
        self,
        qkv_T3HK: Tensor,
        batch: PackedBatch,
        *,
        scale: float | None,
        window: int | None,
        bias: Callable[[int], Tensor] | None,
        dropout: float,
    ) -> Tensor:
        """Attend within each text; see `likewise.encoder.attention.Attention`."""
        qkv_T3HK = _in_half(qkv_T3HK)
        if bias is not None or dropout > 0 or qkv_T3HK.dtype not in HALF:
            return GroupedAttention()(qkv_T3HK, batch, scale=scale, window=window, bias=bias, dropout=dropout)
        query, key, value = qkv_T3HK.unbind(1)
        options: dict[str, Any] = {} if window is None else {"window_size": (window, window)}
        if scale is not None:
            options["scale"] = scale
        cu, longest = batch.cu_seqlens, batch.longest
        mixed_THK: Tensor = _varlen_attn()(query, key, value, cu, cu, longest, longest, **options)
        return mixed_THK.flatten(1)


@final
@dataclass(frozen=True, slots=True)
class FlashAttention:
    """The package flash-attn, where PyTorch has no such kernel: no bias, one kernel for the whole batch.

    Args:
        name: For reports.
    """

    name: str = "flash-attn"

    def __call__(
        self,
        qkv_T3HK: Tensor,
        batch: PackedBatch,
        *,
        scale: float | None,
        window: int | None,
        bias: Callable[[int], Tensor] | None,
        dropout: float,
    ) -> Tensor:
        """Attend within each text; see `likewise.encoder.attention.Attention`."""
        qkv_T3HK = _in_half(qkv_T3HK)
        if bias is not None or qkv_T3HK.dtype not in HALF:
            return GroupedAttention()(qkv_T3HK, batch, scale=scale, window=window, bias=bias, dropout=dropout)
        query, key, value = qkv_T3HK.unbind(1)
        near = (-1, -1) if window is None else (window, window)
        cu, longest = batch.cu_seqlens, batch.longest
        mixed_THK: Tensor = import_module("flash_attn").flash_attn_varlen_func(
            query, key, value, cu, cu, longest, longest, dropout_p=dropout, softmax_scale=scale, window_size=near
        )
        return mixed_THK.flatten(1)


@lru_cache(maxsize=1)
def has_varlen() -> bool:
    """Whether the installed PyTorch has variable-length attention.

    Returns:
        True if it has.
    """
    try:
        return callable(_varlen_attn())
    except (ImportError, AttributeError):
        return False


@lru_cache(maxsize=1)
def has_flash() -> bool:
    """Whether the package flash-attn is installed and goes with the installed PyTorch.

    Returns:
        True if it does.
    """
    try:
        return callable(import_module("flash_attn").flash_attn_varlen_func)
    except (ImportError, AttributeError):
        return False


def _varlen_attn() -> Callable[..., Any]:
    function: Callable[..., Any] = import_module("torch.nn.attention.varlen").varlen_attn
    return function


def _in_half(x: Tensor) -> Tensor:
    device = x.device.type
    if x.dtype in HALF or not torch.is_autocast_enabled(device):
        return x
    return x.to(torch.get_autocast_dtype(device))
