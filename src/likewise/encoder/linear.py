"""Linear layers as kernels: weights in, a callable out. Knows no architecture.

Legend: T tokens, I width in, O width out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

import torch
from torch import Tensor
from torch.nn import functional as F


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where a linear layer stands in an encoder.

    Args:
        name: Name of its weight, or of the first of those that are joined.
        activation: The activation that its result goes through, "" where there is none or something comes between.
        feeds: Name of the layer that is given the activated result; None where it goes elsewhere.
    """

    name: str
    activation: str = ""
    feeds: str | None = None


class Linear(Protocol):
    """x [T, I] to x W^T + b [T, O]."""

    @property
    def activates(self) -> bool:
        """Whether the layer applies the activation of its place as well."""
        ...

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer."""
        ...


class LinearKind(Protocol):
    """Makes kernels of weights."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    @property
    def copies(self) -> bool:
        """Whether the kernels hold copies of the weights, which are worth keeping and may become stale."""
        ...

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer.

        Args:
            place: Where it stands.
            weight_OI: Its weight.
            bias_O: Its bias, or None.

        Returns:
            The layer.
        """
        ...


@final
@dataclass(frozen=True, slots=True)
class PlainLayer:
    """`torch.nn.functional.linear` on the weights themselves: gradients flow, any device, any dtype.

    Args:
        weight_OI: The weight.
        bias_O: The bias, or None.
        activates: False: the activation is applied elsewhere.
    """

    weight_OI: Tensor
    bias_O: Tensor | None
    activates: bool = False

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer."""
        return F.linear(x_TI, self.weight_OI, self.bias_O)


@final
@dataclass(frozen=True, slots=True)
class PlainLinear:
    """Layers that use the weights as they are.

    Args:
        name: For reports.
        copies: False: the weights are used where they are.
    """

    name: str = "torch linear"
    copies: bool = False

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer; see `LinearKind`."""
        return PlainLayer(weight_OI, bias_O)


def join(tensors: Sequence[Tensor]) -> Tensor:
    """Put the weights, or the biases, of layers that read the same input on top of each other.

    Args:
        tensors: Each [O, I], or each [O]; at least one.

    Returns:
        The joint weight or bias; the only one, if there is one.
    """
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors))
