"""Attention over a packed batch: only here do the borders between texts count. Knows no weights.

Legend: T tokens of the batch, H heads, K width of a head, S tokens of one text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.batch import PackedBatch, Run
from likewise.encoder.dropout import attention_with_dropout


class Attention(Protocol):
    """A kernel: queries, keys and values of all tokens in, mixed values out."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

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
        """Attend within each text.

        Args:
            qkv_T3HK: Queries, keys, values.
            batch: Where texts start and end.
            scale: Factor of the scores; None is 1 / sqrt(K).
            window: How far a token sees to either side; None sees its whole text.
            bias: Text length to additive scores [H, S, S], or None.
            dropout: Probability that an attention weight is dropped.

        Returns:
            [T, H * K].
        """
        ...


@final
@dataclass(frozen=True, slots=True)
class GroupedAttention:
    """PyTorch's scaled dot-product attention on runs of texts of equal length: exact, any device, any dtype.

    Args:
        name: For reports.
    """

    name: str = "sdpa on runs of equal length"

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
        """Attend within each text; see `Attention`."""
        heads, width = qkv_T3HK.shape[2:]
        needs_grad = torch.is_grad_enabled() and qkv_T3HK.requires_grad
        parts = []
        result = None if needs_grad else qkv_T3HK.new_empty(qkv_T3HK.shape[0], heads * width)
        # The gradient of a split is one concatenation; that of slices is a tensor of zeros for each of them.
        blocks = torch.split(qkv_T3HK, [run.stop - run.start for run in batch.runs])
        for run, rows in zip(batch.runs, blocks, strict=True):
            mask = _mask(run, window, bias, qkv_T3HK)
            query, key, value = rows.view(run.texts, run.length, 3, heads, width).permute(2, 0, 3, 1, 4).unbind(0)
            if dropout and mask is None and query.device.type == "cpu":
                mixed = attention_with_dropout(query, key, value, scale, dropout)
            else:
                mixed = F.scaled_dot_product_attention(
                    query, key, value, attn_mask=mask, dropout_p=dropout, scale=scale
                )
            mixed = mixed.transpose(1, 2)
            if result is None:
                parts.append(mixed.reshape(-1, heads * width))
            else:
                result[run.start : run.stop].view(run.texts, run.length, heads, width).copy_(mixed)
        return torch.cat(parts) if result is None else result


@final
@dataclass(frozen=True, slots=True)
class VarlenAttention:
    """PyTorch's variable-length flash attention on CUDA: half precision, no bias, one kernel for the whole batch.

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
        """Attend within each text; see `Attention`."""
        if bias is not None or dropout > 0:
            return GroupedAttention()(qkv_T3HK, batch, scale=scale, window=window, bias=bias, dropout=dropout)
        from torch.nn.attention.varlen import varlen_attn

        query, key, value = qkv_T3HK.unbind(1)
        options: dict[str, Any] = {} if window is None else {"window_size": (window, window)}
        if scale is not None:
            options["scale"] = scale
        cu, longest = batch.cu_seqlens, batch.longest
        mixed = varlen_attn(query, key, value, cu, cu, longest, longest, **options)
        return mixed.flatten(1)  # type: ignore[union-attr]


def choose_attention(device: torch.device, dtype: torch.dtype, *, biased: bool) -> Attention:
    """Pick the kernel for a device and a dtype.

    Args:
        device: Where the tensors are.
        dtype: Their type.
        biased: Whether scores carry a bias.

    Returns:
        The kernel.
    """
    half = dtype in (torch.float16, torch.bfloat16)
    if device.type == "cuda" and half and not biased and _has_varlen():
        return VarlenAttention()
    return GroupedAttention()


@lru_cache(maxsize=1)
def _has_varlen() -> bool:
    try:
        from torch.nn.attention import varlen
    except ImportError:
        return False
    return callable(varlen.varlen_attn)


def _mask(run: Run, window: int | None, bias: Callable[[int], Tensor] | None, like: Tensor) -> Tensor | None:
    mask = None if bias is None else bias(run.length).to(like.dtype)
    if window is not None and run.length > window + 1:
        at = torch.arange(run.length, device=like.device)
        near = (at[:, None] - at[None, :]).abs() <= window
        return near if mask is None else mask.masked_fill(~near, torch.finfo(like.dtype).min)
    return mask
