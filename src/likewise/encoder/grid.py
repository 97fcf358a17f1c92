"""Float values on a grid of 256 steps, and the weights that go with it. Pure arithmetic; knows no processor, no model.

Each input channel has a step and a zero of its own, which cost nothing: steps are multiplied into the weight's columns,
zeros into the bias. So channels with outliers do not coarsen the others.

Legend: T tokens, I width in, O width out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

LEVELS = 255
# How much of the difference between channels is moved into the weights; 1 makes all channels equal.
MIGRATION = 0.75
# 1.5 * 2^23: a float32 of this size has no fraction, so that adding it rounds, and its last byte counts from 0.
_ROUNDING = 12582912.0
_SMALLEST = 1e-6
# How many values are put on a grid at a time: they stay in the second cache (256 kB) from one pass to the next.
_VALUES_AT_ONCE = 2**16
# Channels that hardly vary are taken to vary by this share of their value: zeros must stay below 2^22 for the rounding.
_LEAST_VARIATION = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False)
class InputRange:
    """Between which values the inputs of a linear layer lie.

    Args:
        low_I: Smallest value of each channel.
        high_I: Largest.
        mean_I: Mean.
    """

    low_I: Tensor
    high_I: Tensor
    mean_I: Tensor


@final
@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """x is about step * (q - zero), with q an integer from 0 to 255.

    Args:
        step_I: Positive.
        zero_I: Whole numbers, as floats.
    """

    step_I: Tensor
    zero_I: Tensor

    @classmethod
    def by_channel(cls, seen: InputRange, weight_OI: Tensor) -> Grid:
        """Give each channel its own step, wider where its values are larger and its weights smaller.

        Args:
            seen: What the inputs are like.
            weight_OI: The weight that they are multiplied with.

        Returns:
            The grid, on which nothing that was seen is clipped.

        Reference:
            Xiao et al., SmoothQuant, arXiv:2211.10438; Wei et al., Outlier Suppression+, arXiv:2304.09145.
        """
        half_I = _half(seen)
        weight_I = weight_OI.abs().amax(0).clamp_min(_SMALLEST)
        share_I = half_I**MIGRATION * weight_I ** (MIGRATION - 1)
        return cls._around(seen, share_I * (half_I / share_I).max())

    @classmethod
    def by_tensor(cls, seen: InputRange) -> Grid:
        """Give all channels the same step and zero, as a fused product needs it for its result.

        Args:
            seen: What the inputs are like.

        Returns:
            The grid, on which nothing that was seen is clipped.
        """
        low, high = seen.low_I.min().expand_as(seen.low_I), seen.high_I.max().expand_as(seen.high_I)
        shared = InputRange(low, high, seen.mean_I)
        return cls._around(shared, _half(shared))

    @classmethod
    def _around(cls, seen: InputRange, half_I: Tensor) -> Grid:
        # One level less than there are, since zeros are rounded.
        step_I = half_I * 2 / (LEVELS - 1)
        return cls(step_I, (LEVELS / 2 - (seen.low_I + seen.high_I) / 2 / step_I).round())


def _half(seen: InputRange) -> Tensor:
    least_I = (seen.high_I + seen.low_I).abs() * _LEAST_VARIATION
    return torch.maximum((seen.high_I - seen.low_I) / 2, least_I.clamp_min(_SMALLEST))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Quantiser:
    """Puts values on a grid, in three vectorised passes over rows that stay in the cache in between.

    Args:
        factor_I: 1 / step.
        offset_I: The zero, moved to where float32 has whole numbers only.
    """

    factor_I: Tensor
    offset_I: Tensor

    @classmethod
    def of(cls, grid: Grid) -> Quantiser:
        """Prepare a grid.

        Args:
            grid: The grid.

        Returns:
            What puts values on it.
        """
        return cls(1 / grid.step_I, grid.zero_I + _ROUNDING)

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Put values on the grid.

        Args:
            x_TI: float32.

        Returns:
            uint8 [T, I]; what lies outside of the grid is clipped.
        """
        result_TI = torch.empty(x_TI.shape, dtype=torch.uint8)
        rows = max(1, _VALUES_AT_ONCE // x_TI.shape[1])
        moved_RI = torch.empty(min(rows, len(x_TI)), x_TI.shape[1])
        for tile_RI, part_RI in zip(torch.split(x_TI, rows), torch.split(result_TI, rows), strict=True):
            moved = moved_RI[: len(tile_RI)]
            torch.addcmul(self.offset_I, tile_RI, self.factor_I, out=moved).clamp_(_ROUNDING, _ROUNDING + LEVELS)
            part_RI.copy_(moved.view(torch.int32))
        return result_TI


@final
@dataclass(frozen=True, slots=True, eq=False)
class IntegerWeight:
    """x W^T + b is about scale * (q w^T) + bias, for q from `Grid`.

    Args:
        weight_OI: int8.
        scale_O: float32.
        bias_O: float32.
    """

    weight_OI: Tensor
    scale_O: Tensor
    bias_O: Tensor

    @classmethod
    def of(cls, weight_OI: Tensor, bias_O: Tensor | None, grid: Grid, mean_I: Tensor, limit: int) -> IntegerWeight:
        """Round a weight for inputs on a grid.

        Args:
            weight_OI: float32.
            bias_O: float32, or None.
            grid: The grid of the inputs.
            mean_I: Mean of the inputs: what rounding the weight changes for it goes into the bias.
            limit: Largest absolute integer.

        Returns:
            The rounded weight.
        """
        exact_OI = weight_OI.double() * grid.step_I.double()
        scale_O = (exact_OI.abs().amax(1) / limit).clamp_min(torch.finfo(torch.float32).tiny).float().double()
        rounded_OI = (exact_OI / scale_O[:, None]).round().clamp(-limit, limit)
        mean_on_grid_I = mean_I.double() / grid.step_I.double()
        bias = exact_OI @ mean_on_grid_I - scale_O * (rounded_OI @ (mean_on_grid_I + grid.zero_I.double()))
        if bias_O is not None:
            bias = bias + bias_O.double()
        return cls(rounded_OI.to(torch.int8), scale_O.float(), bias.float())
