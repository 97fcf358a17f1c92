"""How positions enter attention: rotation of queries and keys, and relative-position biases. Pure functions.

Legend: T tokens of the batch, H heads, K width of a head, S tokens of one text.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def rotary_tables(position_T: Tensor, width: int, base: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotation of each token.

    Args:
        position_T: int64 [T], place within the text.
        width: Width that is rotated, even.
        base: Base of the frequencies.
        dtype: Type of the result; the angles are float32.

    Returns:
        Cosines and sines, each [T, 1, width / 2].

    Reference:
        Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, arXiv:2104.09864.
    """
    exponents = torch.arange(0, width, 2, dtype=torch.float32, device=position_T.device) / width
    angles = position_T.float()[:, None] * (1.0 / base**exponents)
    return angles.cos().to(dtype)[:, None], angles.sin().to(dtype)[:, None]


def rotate(x_THK: Tensor, cos: Tensor, sin: Tensor, *, interleaved: bool) -> Tensor:
    """Rotate pairs of each head's values.

    Args:
        x_THK: Queries or keys.
        cos: From `rotary_tables`, for the first `2 * cos.shape[-1]` values of a head; the others stay.
        sin: Likewise.
        interleaved: Whether a pair is two neighbours, instead of one from each half.

    Returns:
        The rotated values, [T, H, K].
    """
    width = 2 * cos.shape[-1]
    turned, rest = x_THK[..., :width], x_THK[..., width:]
    if interleaved:
        first, second = turned[..., 0::2], turned[..., 1::2]
        pairs = torch.stack((first * cos - second * sin, second * cos + first * sin), dim=-1).flatten(-2)
    else:
        first, second = turned.chunk(2, dim=-1)
        pairs = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
    return pairs if rest.shape[-1] == 0 else torch.cat((pairs, rest), dim=-1)


def relative_bias(table_BH: Tensor, length: int, *, max_distance: int) -> Tensor:
    """Biases of attention scores by the distance of two tokens.

    Args:
        table_BH: [buckets, H].
        length: Tokens of a text.
        max_distance: From which distance on all share the last bucket.

    Returns:
        [H, S, S]: query by key.

    Reference:
        Raffel et al., Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer,
        arXiv:1910.10683, section 2.1; used by MPNet, arXiv:2004.09297.
    """
    at = torch.arange(length, device=table_BH.device)
    buckets = relative_buckets(at[None, :] - at[:, None], table_BH.shape[0], max_distance)
    return table_BH[buckets].permute(2, 0, 1)


def relative_buckets(distance: Tensor, buckets: int, max_distance: int) -> Tensor:
    """Bucket of each distance: exact when near, logarithmic when far, apart for the two directions.

    Args:
        distance: int64, key position less query position.
        buckets: Number of buckets, half of them for each direction.
        max_distance: From which distance on all share the last bucket.

    Returns:
        int64 of the same shape.
    """
    half = buckets // 2
    away = distance.abs()
    exact = half // 2
    # Distances of 0 never take the far branch; clamping keeps the logarithm finite.
    ratio = torch.log(away.clamp(min=1).float() / exact) / math.log(max_distance / exact)
    far = (exact + (ratio * (half - exact)).long()).clamp(max=half - 1)
    return (distance > 0).long() * half + torch.where(away < exact, away, far)
