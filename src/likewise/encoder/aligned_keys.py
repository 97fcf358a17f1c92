"""Attention on a CPU with keys filled up to whole vector registers: what is left over costs PyTorch's kernel far more.

Legend: B texts, H heads, S tokens of each, P keys of each after filling up, K width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# 32-bit numbers of an AVX-512 register. The kernel takes the exponentials of fewer one by one.
_REGISTER = 16


def filling_up_pays(length: int, dtype: torch.dtype) -> bool:
    """Whether `attend_filled_up` is faster than PyTorch's kernel alone, for texts of a length on this CPU.

    Args:
        length: S.
        dtype: Of queries, keys and values.

    Returns:
        True for bfloat16 with AVX-512, where half a register or more is left over.
    """
    left_over = length % _REGISTER
    return (
        dtype == torch.bfloat16
        and left_over >= _REGISTER // 2
        and torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    )


def attend_filled_up(query_BHSK: Tensor, key_BHSK: Tensor, value_BHSK: Tensor, scale: float | None) -> Tensor:
    """Scaled dot-product attention with masked keys added up to a multiple of 16; without gradients.

    Args:
        query_BHSK: Queries.
        key_BHSK: Keys.
        value_BHSK: Values.
        scale: Factor of the scores; None is 1 / sqrt(K).

    Returns:
        Mixed values [B, H, S, K], those of attention without the added keys.
    """
    texts, heads, length, width = key_BHSK.shape
    filled = -(-length // _REGISTER) * _REGISTER
    both_2BPHK = key_BHSK.new_zeros(2, texts, filled, heads, width)
    both_2BPHK[0, :, :length].copy_(key_BHSK.transpose(1, 2))
    both_2BPHK[1, :, :length].copy_(value_BHSK.transpose(1, 2))
    mask_P = key_BHSK.new_zeros(filled)
    mask_P[length:] = -torch.inf
    key_BHPK, value_BHPK = both_2BPHK.transpose(2, 3).unbind(0)
    return F.scaled_dot_product_attention(query_BHSK, key_BHPK, value_BHPK, attn_mask=mask_P[None, :], scale=scale)
