"""Attention over a packed batch: only here do the borders between texts count. Knows no weights.

Legend: T tokens of the batch, H heads, K width of a head, B texts, S tokens of one text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.aligned_keys import attend_filled_up, filling_up_pays
from likewise.encoder.batch import PackedBatch, Run
from likewise.encoder.dropout import attention_with_dropout

PLAIN_LONGEST = 128  # tokens; from 256 on the fused kernel is faster: benchmarks/attention_training.py


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
        if len(batch.runs) == 1:
            return _attend_run(qkv_T3HK, batch.runs[0], scale, window, bias, dropout).flatten(0, 1).flatten(1)
        needs_grad = torch.is_grad_enabled() and qkv_T3HK.requires_grad
        parts = []
        result = None if needs_grad else qkv_T3HK.new_empty(qkv_T3HK.shape[0], qkv_T3HK.shape[2:].numel())
        # The gradient of a split is one concatenation; that of slices is a tensor of zeros for each of them.
        blocks = torch.split(qkv_T3HK, [run.stop - run.start for run in batch.runs])
        for run, rows in zip(batch.runs, blocks, strict=True):
            mixed_BSHK = _attend_run(rows, run, scale, window, bias, dropout)
            if result is None:
                parts.append(mixed_BSHK.flatten(0, 1).flatten(1))
            else:
                result[run.start : run.stop].view(mixed_BSHK.shape).copy_(mixed_BSHK)
        return torch.cat(parts) if result is None else result


def _attend_run(
    qkv_T3HK: Tensor,
    run: Run,
    scale: float | None,
    window: int | None,
    bias: Callable[[int], Tensor] | None,
    dropout: float,
) -> Tensor:
    """Attend within the B texts of one run, T being their tokens alone; gives [B, S, H, K]."""
    mask = _mask(run, window, bias, qkv_T3HK)
    shaped = qkv_T3HK.view(run.texts, run.length, *qkv_T3HK.shape[1:]).permute(2, 0, 3, 1, 4)
    query, key, value = shaped.unbind(0)
    if mask is None and query.device.type == "cpu":
        if dropout or _plain_pays(query):
            return attention_with_dropout(query, key, value, scale, dropout).transpose(1, 2)
        if not torch.is_grad_enabled() and filling_up_pays(run.length, query.dtype):
            return attend_filled_up(query, key, value, scale).transpose(1, 2)
    mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout, scale=scale)
    return mixed.transpose(1, 2)


def _plain_pays(query_BHSK: Tensor) -> bool:
    """Whether PyTorch's fused kernel is the slower one: in half precision, forwards and backwards, with short texts."""
    half = query_BHSK.dtype in (torch.bfloat16, torch.float16)
    return half and query_BHSK.requires_grad and torch.is_grad_enabled() and query_BHSK.shape[2] <= PLAIN_LONGEST


def _mask(run: Run, window: int | None, bias: Callable[[int], Tensor] | None, like: Tensor) -> Tensor | None:
    mask = None if bias is None else bias(run.length).to(like.dtype)
    if window is not None and run.length > window + 1:
        at = torch.arange(run.length, device=like.device)
        near = (at[:, None] - at[None, :]).abs() <= window
        return near if mask is None else mask.masked_fill(~near, torch.finfo(like.dtype).min)
    return mask
