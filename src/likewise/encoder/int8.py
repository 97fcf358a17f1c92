"""The calibrated int8 linears of the packed encoder: which values are put on which grid, and where. No architecture.

Legend: T tokens, I width in, O width out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import Tensor

from likewise.encoder import cpu
from likewise.encoder.grid import Grid, InputRange, IntegerWeight, Quantiser
from likewise.encoder.integer_product import POST_OPERATIONS, IntegerProduct, integer_support
from likewise.encoder.linear import Linear, Place

logger = logging.getLogger(__name__)

# How the inputs of a layer are put on a grid: all channels alike, which the layer before does within its product; each
# channel on its own, which is finer and takes passes of its own; or not at all, in float32.
Form = Literal["tensor", "channel", "float32"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class LayerPlan:
    """What calibration found out about one layer.

    Args:
        seen: What its inputs are like.
        form: How they are put on a grid.
        weight_size: `size_of` the weight that it was found out with.
    """

    seen: InputRange
    form: Form
    weight_size: float

    def grid(self, weight_OI: Tensor) -> Grid:
        """The grid of the inputs.

        Args:
            weight_OI: The weight that they are multiplied with.

        Returns:
            The grid.
        """
        return Grid.by_tensor(self.seen) if self.form == "tensor" else Grid.by_channel(self.seen, weight_OI)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Int8Layer:
    """One layer whose product is computed in integers.

    Args:
        quantiser: Puts float inputs on the grid.
        product: The product.
        activates: Whether the layer applies the activation as well.
    """

    quantiser: Quantiser
    product: IntegerProduct
    activates: bool

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer.

        Args:
            x_TI: float32; or uint8, if the layer before has put its result on the grid of this one.

        Returns:
            float32 [T, O]; or uint8, on the grid of the next layer.
        """
        return self.product(x_TI if x_TI.dtype == torch.uint8 else self.quantiser(x_TI))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Int8Linear:
    """Layers that multiply in integers where calibration found it good; the others in float32.

    Small, and good for any processor: it holds no weights.

    Args:
        plans: Name of a place to what is known about the layer there.
        copies: True: integer weights are copies.
    """

    plans: Mapping[str, LayerPlan]
    copies: bool = True

    @property
    def name(self) -> str:
        """For reports."""
        remark = integer_support().remark
        return f"int8, calibrated (oneDNN{remark and '; '}{remark})"

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer; see `likewise.encoder.linear.LinearKind`."""
        weight_OI = weight_OI.detach()
        plan = self.plans.get(place.name)
        if plan is None:
            logger.warning("%s is new since quantize_int8() and stays in float32; call it again", place.name)
            return cpu.OneDnnLinear().make(place, weight_OI, bias_O)
        if abs(size_of(weight_OI) - plan.weight_size) > 1e-6 * plan.weight_size:
            logger.warning("%s changed since quantize_int8(); call it again to calibrate anew", place.name)
        if plan.form == "float32":
            return cpu.OneDnnLinear().make(place, weight_OI, bias_O)
        grid = plan.grid(weight_OI)
        bias_O = None if bias_O is None else bias_O.detach()
        weight = IntegerWeight.of(weight_OI, bias_O, grid, plan.seen.mean_I, integer_support().limit)
        if place.activation not in POST_OPERATIONS:
            return Int8Layer(Quantiser.of(grid), IntegerProduct.of(weight), activates=False)
        product = IntegerProduct.of(weight, activation=place.activation, into=self._into(place.feeds))
        return Int8Layer(Quantiser.of(grid), product, activates=place.activation != "")

    def _into(self, name: str | None) -> tuple[float, int] | None:
        plan = None if name is None else self.plans.get(name)
        if plan is None or plan.form != "tensor":
            return None
        grid = Grid.by_tensor(plan.seen)
        return float(grid.step_I[0]), int(grid.zero_I[0])

    def count(self) -> tuple[int, int]:
        """Count the layers.

        Returns:
            How many multiply in integers, and how many there are.
        """
        return sum(plan.form != "float32" for plan in self.plans.values()), len(self.plans)


@final
@dataclass(slots=True, eq=False)
class Int8Switch:
    """Whether an encoder runs in int8; shared by all who may turn it.

    Args:
        layers: The int8 layers; None is off.
    """

    layers: Int8Linear | None = None


def why_not(device: torch.device, dtype: torch.dtype) -> str:
    """Say why int8 does not run somewhere.

    Args:
        device: Where the weights are.
        dtype: Their type.

    Returns:
        The reason, "" if it does.
    """
    if device.type != "cpu":
        return f"the weights are on {device.type}, int8 is for the CPU"
    if dtype != torch.float32:
        return f"the weights are {str(dtype).removeprefix('torch.')}, int8 is for float32"
    if not cpu.is_available(device, dtype):
        return "this PyTorch has no oneDNN"
    support = integer_support()
    return "" if support.limit else support.remark


def size_of(weight_OI: Tensor) -> float:
    """Sum the absolute values of a weight, which tells with near certainty whether it is still the same.

    Args:
        weight_OI: The weight.

    Returns:
        The sum.
    """
    return float(weight_OI.abs().sum(dtype=torch.float64))
