"""The one transformer block: attention, feed-forward part, layer norms, in either order. Knows no checkpoint.

Legend: T tokens of the batch, B texts, D hidden width, H heads, K width of a head, F width of the feed-forward part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.attention import Attention
from likewise.encoder.batch import PackedBatch
from likewise.encoder.dropout import dropout
from likewise.encoder.first_token import attend_first
from likewise.encoder.kernels import LayerKernels, Norm
from likewise.encoder.linear import Linear
from likewise.encoder.positions import rotate
from likewise.encoder.spec import EncoderSpec

# Rows of the feed-forward part that are computed at once without gradients on a CPU: the widened values of so many rows
# stay in the cache between the two linears and the activation.
TILE_ROWS = 2048


@final
@dataclass(frozen=True, slots=True)
class BlockInput:
    """What all blocks of one forward share.

    Args:
        batch: Where texts start and end.
        attention: The kernel.
        bias: Text length to additive scores, or None.
        rotary: For each block, cosines and sines, or None.
        training: Whether dropout is on.
    """

    batch: PackedBatch
    attention: Attention
    bias: Callable[[int], Tensor] | None
    rotary: tuple[tuple[Tensor, Tensor], ...] | None
    training: bool


def run_block(
    x_TD: Tensor, layer: LayerKernels, index: int, spec: EncoderSpec, given: BlockInput, *, first_only: bool = False
) -> Tensor:
    """Run one block.

    Args:
        x_TD: Hidden values.
        layer: The block's kernels.
        index: Which block it is.
        spec: The architecture.
        given: What all blocks share.
        first_only: Whether only the first token of each text is wanted: queries of the others, and all that comes
            behind attention, are left out. No text is empty then.

    Returns:
        Hidden values [T, D]; [B, D], one row for each text, with `first_only`.
    """
    probability = spec.dropout if given.training else 0.0
    normed = layer_norm(x_TD, layer.norm_1, spec.epsilon) if spec.pre_norm else x_TD
    mixed = dropout(_attend(normed, layer, index, spec, given, first_only=first_only), probability)
    if first_only:
        x_TD = x_TD[given.batch.cu_seqlens[:-1].long()]
    if spec.pre_norm:
        x_TD = x_TD + mixed
        widened = layer_norm(x_TD, layer.norm_2, spec.epsilon)
        return x_TD + dropout(feed_forward(widened, layer.up, layer.down, spec), probability)
    x_TD = layer_norm(_add(mixed, x_TD), layer.norm_1, spec.epsilon)
    return layer_norm(
        _add(dropout(feed_forward(x_TD, layer.up, layer.down, spec), probability), x_TD), layer.norm_2, spec.epsilon
    )


def _attend(
    x_TD: Tensor, layer: LayerKernels, index: int, spec: EncoderSpec, given: BlockInput, *, first_only: bool
) -> Tensor:
    qkv_T3HK = layer.qkv(x_TD).view(-1, 3, spec.heads, spec.head_width)
    if given.rotary is not None:
        cos, sin = given.rotary[index]
        query, key, value = qkv_T3HK.unbind(1)
        query = rotate(query, cos, sin, interleaved=spec.rotary_interleaved)
        key = rotate(key, cos, sin, interleaved=spec.rotary_interleaved)
        qkv_T3HK = torch.stack((query, key, value), dim=1)
    window, probability = (
        spec.windows[index] if spec.windows else None,
        spec.attention_dropout if given.training else 0.0,
    )
    attend = attend_first if first_only else given.attention
    mixed_TD = attend(qkv_T3HK, given.batch, scale=spec.scale, window=window, bias=given.bias, dropout=probability)
    return layer.out(mixed_TD)


def feed_forward(x_TD: Tensor, up: Linear, down: Linear, spec: EncoderSpec) -> Tensor:
    """The feed-forward part, gated or not.

    Args:
        x_TD: Hidden values.
        up: D to F, or to 2 F.
        down: F to D.
        spec: The architecture.

    Returns:
        [T, D].
    """
    if x_TD.device.type != "cpu" or torch.is_grad_enabled() or x_TD.shape[0] <= TILE_ROWS:
        return _widen(x_TD, up, down, spec)
    return torch.cat([_widen(tile, up, down, spec) for tile in torch.split(x_TD, TILE_ROWS)])


def _widen(x_TD: Tensor, up: Linear, down: Linear, spec: EncoderSpec) -> Tensor:
    widened_TF = up(x_TD)
    if up.activates:
        return down(widened_TF)
    if not spec.gated:
        return down(activate(widened_TF, spec.activation))
    first, second = widened_TF.chunk(2, dim=-1)
    gate, value = (first, second) if spec.gate_first else (second, first)
    return down(activate(gate, spec.activation) * value)


def activate(x: Tensor, name: str) -> Tensor:
    """Apply an activation, in place where no gradient needs the input.

    Args:
        x: The values.
        name: "gelu", "gelu_tanh", "relu" or "silu".

    Returns:
        The activated values.
    """
    in_place = not torch.is_grad_enabled()
    if name in ("gelu", "gelu_tanh"):
        approximate = "tanh" if name == "gelu_tanh" else "none"
        if in_place:
            return torch.ops.aten.gelu_(x, approximate=approximate)  # type: ignore[no-any-return]
        return F.gelu(x, approximate=approximate)
    return F.relu(x, inplace=in_place) if name == "relu" else F.silu(x, inplace=in_place)


def layer_norm(x_TD: Tensor, norm: Norm | None, epsilon: float) -> Tensor:
    """Normalise each token's values.

    Args:
        x_TD: The values.
        norm: Weight and bias; None leaves the values as they are.
        epsilon: Added to the variance.

    Returns:
        The normalised values.
    """
    if norm is None:
        return x_TD
    return F.layer_norm(x_TD, (x_TD.shape[-1],), norm.weight, norm.bias, epsilon)


def _add(fresh: Tensor, x: Tensor) -> Tensor:
    return fresh + x if torch.is_grad_enabled() else fresh.add_(x)
