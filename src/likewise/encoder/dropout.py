"""Dropout for training on a CPU: cheap random numbers, and masks of one byte. Knows tensors only.

The generator of PyTorch is asked for whole 64-bit words and each gives four decisions: a fifth of the time of one draw
for each value. The probability is a 16-bit fraction, within 1e-5 of what is asked for, and values are scaled by the
exact inverse of what is drawn, so that the expectation stays what it was.

Legend: B texts, H heads, S tokens of a text, K width of a head.
"""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor
from torch.nn import functional as F

_STEPS = 1 << 16


def keep_mask(shape: torch.Size | tuple[int, ...], probability: float) -> tuple[Tensor, float]:
    """Draw which values stay.

    Args:
        shape: Shape of the values.
        probability: How likely a value is dropped, 0 to 1.

    Returns:
        bool [shape] on the CPU, and the factor for those that stay.

    Example:
        >>> mask, factor = keep_mask((2, 3), 0.5)
        >>> mask.shape, factor
        (torch.Size([2, 3]), 2.0)
    """
    count = torch.Size(shape).numel()
    kept = round(_STEPS * (1.0 - probability))
    if kept >= _STEPS:
        return torch.ones(shape, dtype=torch.bool), 1.0
    words = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    mask = words.view(torch.int16)[:count] < kept - _STEPS // 2
    return mask.view(shape), _STEPS / kept if kept else 0.0


def dropout(x: Tensor, probability: float) -> Tensor:
    """Set values to 0 at random, and scale the others so that the expectation stays.

    Args:
        x: Any shape, floating point.
        probability: How likely a value is dropped, 0 to 1.

    Returns:
        The values, of the same shape and dtype.

    Example:
        >>> dropout(torch.ones(3), 0.0)
        tensor([1., 1., 1.])

    Reference:
        Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15 (2014).
    """
    if not probability:
        return x
    if x.device.type != "cpu":
        return F.dropout(x, probability)
    dropped: Tensor = _Dropout.apply(x, probability)  # type: ignore[no-untyped-call]
    return dropped


def attention_with_dropout(
    query: Tensor, key: Tensor, value: Tensor, scale: float | None, probability: float
) -> Tensor:
    """Scaled dot-product attention with dropout of the attention weights, softmax(q kT x scale) v, on a CPU.

    Args:
        query: [B, H, S, K].
        key: [B, H, S, K].
        value: [B, H, S, K].
        scale: Factor of the scores; None is 1 / sqrt(K).
        probability: How likely an attention weight is dropped.

    Returns:
        [B, H, S, K].

    Example:
        >>> ones = torch.ones(1, 1, 2, 4)
        >>> attention_with_dropout(ones, ones, ones, None, 0.0)[0, 0]
        tensor([[1., 1., 1., 1.],
                [1., 1., 1., 1.]])
    """
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    mixed: Tensor = _DroppedAttention.apply(query, key, value, factor, probability)  # type: ignore[no-untyped-call]
    return mixed


@final
class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, probability: float) -> Tensor:
        """See `dropout`."""
        mask, factor = keep_mask(x.shape, probability)
        ctx.save_for_backward(mask)
        ctx.factor = factor
        return _kept(x, mask, factor)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """The gradient of the values that stayed."""
        (mask,) = ctx.saved_tensors
        return _kept(grads[0], mask, ctx.factor), None


@final
class _DroppedAttention(torch.autograd.Function):
    """Keeps the weights and the mask for the backward pass, not the dropped weights, which are made again."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, scale: float, probability: float) -> Tensor:
        """See `attention_with_dropout`."""
        weights_BHSS = torch.softmax((query * scale) @ key.transpose(-1, -2), dim=-1)
        mask, factor = keep_mask(weights_BHSS.shape, probability)
        ctx.save_for_backward(query, key, value, weights_BHSS, mask)
        ctx.scale, ctx.factor = scale, factor
        return _kept(weights_BHSS, mask, factor) @ value

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """The gradients of queries, keys and values."""
        query, key, value, weights_BHSS, mask = ctx.saved_tensors
        grad = grads[0]
        grad_value = _kept(weights_BHSS, mask, ctx.factor).transpose(-1, -2) @ grad
        grad_weights = _kept(grad @ value.transpose(-1, -2), mask, ctx.factor)
        grad_scores = torch._softmax_backward_data(grad_weights, weights_BHSS, -1, weights_BHSS.dtype).mul_(ctx.scale)
        return grad_scores @ key, grad_scores.transpose(-1, -2) @ query, grad_value, None, None


def _kept(x: Tensor, mask: Tensor, factor: float) -> Tensor:
    return (x * mask.to(x.dtype)).mul_(factor)
