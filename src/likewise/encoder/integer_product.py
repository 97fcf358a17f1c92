"""Products of 8-bit integers by oneDNN, and which of them this processor can do. Knows no model.

Legend: T tokens, I width in, O width out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, final

import torch
from torch import Tensor

from likewise.encoder.grid import LEVELS, IntegerWeight

# Largest absolute value of a weight. With 127 some processors overflow: without dot-product instructions (VNNI), two
# products of an unsigned and a signed byte are added in 16 bits, where 2 * 255 * 127 does not fit but 2 * 255 * 64 does.
FULL_LIMIT = 127
NARROW_LIMIT = 64
# Name and variant, as the operator calls them, of activations that it can apply to its result.
POST_OPERATIONS = {"": ("none", ""), "gelu": ("gelu", "none"), "gelu_tanh": ("gelu", "tanh"), "relu": ("relu", "")}

# The packing depends on how many rows are expected; any number of rows is computed right.
_EXPECTED_ROWS = 512


@final
@dataclass(frozen=True, slots=True, eq=False)
class IntegerProduct:
    """x W^T, scaled, with bias and activation, in one pass.

    Args:
        packed: The weight in oneDNN's own layout.
        scale_O: float32: value of one step of each output.
        zero_O: Zeros; the operator wants them.
        bias_O: float32.
        activation: A name of `POST_OPERATIONS`.
        into: Step and zero of an 8-bit result; None gives float32.
    """

    packed: Tensor
    scale_O: Tensor
    zero_O: Tensor
    bias_O: Tensor
    activation: str
    into: tuple[float, int] | None

    @classmethod
    def of(
        cls, weight: IntegerWeight, *, activation: str = "", into: tuple[float, int] | None = None
    ) -> IntegerProduct:
        """Pack a weight.

        Args:
            weight: The weight.
            activation: A name of `POST_OPERATIONS`.
            into: Step and zero of an 8-bit result; None gives float32.

        Returns:
            The product with it.
        """
        expected = [_EXPECTED_ROWS, weight.weight_OI.shape[1]]
        packed = _operators().qlinear_prepack(weight.weight_OI.contiguous(), expected)
        # Weights have no zero point; the operator wants one for each output all the same.
        zero_O = torch.zeros(len(weight.scale_O), dtype=torch.int64)
        return cls(packed, weight.scale_O.contiguous(), zero_O, weight.bias_O.contiguous(), activation, into)

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Multiply.

        Args:
            x_TI: uint8.

        Returns:
            float32 [T, O], or uint8 [T, O] if there is a grid to put it on.
        """
        step, zero, dtype = (1.0, 0, torch.float32) if self.into is None else (*self.into, torch.uint8)
        post, variant = POST_OPERATIONS[self.activation]
        result: Tensor = _operators().qlinear_pointwise(
            x_TI, 1.0, 0, self.packed, self.scale_O, self.zero_O, self.bias_O, step, zero, dtype, post, [], variant
        )
        return result


@final
@dataclass(frozen=True, slots=True)
class IntegerSupport:
    """What the processor can do.

    Args:
        limit: Largest absolute weight with which products are exact, 0 if there is none.
        remark: What the processor lacks, "" if nothing.
    """

    limit: Literal[0, 64, 127]
    remark: str


@lru_cache(maxsize=1)
def integer_support() -> IntegerSupport:
    """Find out what this processor can do, once, by doing it.

    Returns:
        What it can do.
    """
    if _is_exact(FULL_LIMIT):
        return IntegerSupport(127, "")
    if _is_exact(NARROW_LIMIT):
        return IntegerSupport(64, "7-bit weights: this processor has no 8-bit dot products, so little is gained")
    return IntegerSupport(0, "PyTorch has no exact 8-bit products on this processor")


def _is_exact(limit: int) -> bool:
    """Try the largest values, in one row and in many: sums that do not fit show."""
    weight_OI = torch.full((64, 96), limit, dtype=torch.int8)
    weight_OI[::2, ::3] = -limit
    try:
        product = IntegerProduct.of(IntegerWeight(weight_OI, torch.ones(64), torch.zeros(64)))
        for rows in (1, 48):
            x_TI = torch.full((rows, 96), LEVELS, dtype=torch.uint8)
            if not torch.equal(product(x_TI), x_TI.float() @ weight_OI.float().t()):
                return False
    except (AttributeError, RuntimeError):
        # No such operator in this build of PyTorch, or none for this processor.
        return False
    return True


def _operators() -> Any:
    return torch.ops.onednn
