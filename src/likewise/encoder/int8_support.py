"""What 8-bit integer products the processor can do, found out by doing some. Knows no model."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import torch
from torch import Tensor

# Largest absolute value of a weight. With 127 some processors overflow: without dot-product instructions (VNNI), two
# products of an unsigned and a signed byte are added in 16 bits, where 2 * 255 * 127 does not fit but 2 * 255 * 64 does.
FULL_LIMIT = 127
NARROW_LIMIT = 64

_EXPECTED_ROWS = 512


@final
@dataclass(frozen=True, slots=True)
class Int8Support:
    """What the processor can do.

    Args:
        weight_limit: Largest absolute weight for which products are exact; 0 if there is none.
        fast: Whether integer products are faster than float32 ones.
        reason: Why they are not, "" if they are.
    """

    weight_limit: int
    fast: bool
    reason: str


@lru_cache(maxsize=1)
def int8_support() -> Int8Support:
    """Find out what this processor can do, once.

    Returns:
        What it can do.
    """
    limit = next((limit for limit in (FULL_LIMIT, NARROW_LIMIT) if _is_exact(limit)), 0)
    if limit == 0:
        return Int8Support(0, False, "PyTorch has no exact 8-bit integer products on this processor")
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return Int8Support(limit, False, f"8-bit integer products are not known to be fast on {platform.machine()}")
    if limit == NARROW_LIMIT:
        return Int8Support(limit, False, "this processor has no 8-bit dot products (VNNI)")
    return Int8Support(limit, True, "")


def prepack(weight_OI: Tensor) -> Tensor:
    """Pack an int8 weight for `product`.

    Args:
        weight_OI: int8.

    Returns:
        The packed weight.
    """
    packed: Tensor = _ops().qlinear_prepack(weight_OI.contiguous(), [_EXPECTED_ROWS, weight_OI.shape[1]])
    return packed


def product(
    x_TI: Tensor,
    packed: Tensor,
    scale_O: Tensor,
    bias_O: Tensor,
    *,
    post: tuple[str, str] = ("none", ""),
    into: tuple[float, int] | None = None,
) -> Tensor:
    """Multiply in integers, then scale, add the bias and activate, all in one pass.

    Args:
        x_TI: uint8.
        packed: The weight, from `prepack`.
        scale_O: float32, value of one step of each output.
        bias_O: float32.
        post: Name and variant of the activation.
        into: Scale and zero of an 8-bit result; None gives float32.

    Returns:
        float32 or uint8 [T, O].
    """
    scale, zero, dtype = (1.0, 0, torch.float32) if into is None else (*into, torch.uint8)
    # Weights have no zero point; PyTorch wants one for each output all the same.
    zeros_O = torch.zeros(len(scale_O), dtype=torch.int64)
    result: Tensor = _ops().qlinear_pointwise(
        x_TI, 1.0, 0, packed, scale_O, zeros_O, bias_O, scale, zero, dtype, post[0], [], post[1]
    )
    return result


def _is_exact(limit: int) -> bool:
    """Try the largest values, in one row and in many, where sums that do not fit show."""
    signs_OI = torch.ones(64, 96, dtype=torch.int8)
    signs_OI[::2, ::3] = -1
    weight_OI = signs_OI * limit
    ones_O, zeros_O = torch.ones(64), torch.zeros(64)
    try:
        packed = prepack(weight_OI)
        for rows in (1, 48):
            x_TI = torch.full((rows, 96), 255, dtype=torch.uint8)
            if not torch.equal(product(x_TI, packed, ones_O, zeros_O), x_TI.float() @ weight_OI.float().t()):
                return False
    except (AttributeError, RuntimeError):
        # No such operator in this build of PyTorch, or none for this processor.
        return False
    return True


def _ops() -> Any:
    return torch.ops.onednn
