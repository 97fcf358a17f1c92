"""oneDNN linears with weights packed once, for the CPU. Knows no architecture.

The plain path packs a weight anew for each call, and on AMD processors runs a slow kernel; see `benchmarks/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from likewise.encoder.linear import Linear, Place

# The packing depends on how many rows are expected; any number of rows is computed right.
_EXPECTED_ROWS = 512

# Our names of activations to what oneDNN calls them, and the variant.
_FUSED = {"gelu": ("gelu", "none"), "gelu_tanh": ("gelu", "tanh"), "relu": ("relu", "")}


@final
@dataclass(frozen=True, slots=True)
class PackedLayer:
    """One linear layer in oneDNN's own layout.

    Args:
        packed: The weight, packed.
        bias_O: The bias, or None.
        activation: The activation that the product applies to its result, "" if that is done elsewhere.
    """

    packed: Tensor
    bias_O: Tensor | None
    activation: str = ""

    @property
    def activates(self) -> bool:
        """Whether the activation of its place is applied as well."""
        return bool(self.activation)

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer."""
        name, variant = _FUSED.get(self.activation, ("none", "none"))
        return _ops()._linear_pointwise(x_TI, self.packed, self.bias_O, name, [], variant)  # type: ignore[no-any-return]


@final
@dataclass(frozen=True, slots=True)
class OneDnnLinear:
    """Layers with packed weights, for float32 and bfloat16 without gradients.

    Args:
        name: For reports.
        copies: True: the packed weights are copies.
        fuses: Whether products apply activations to their results; None does where that is faster (`fusing_pays`).
    """

    name: str = "oneDNN, weights packed once"
    copies: bool = True
    fuses: bool | None = None

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer; see `likewise.encoder.linear.LinearKind`."""
        packed = _ops()._reorder_linear_weight(weight_OI.detach().contiguous(), _EXPECTED_ROWS)
        fuses = fusing_pays() if self.fuses is None else self.fuses
        activation = place.activation if fuses and place.activation in _FUSED else ""
        return PackedLayer(packed, None if bias_O is None else bias_O.detach().contiguous(), activation)


def fusing_pays() -> bool:
    """Whether activations are faster within oneDNN's products than behind them: with AVX-512, and not with AVX2."""
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def is_available(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether these layers run here.

    Args:
        device: Where the tensors are.
        dtype: Their type.

    Returns:
        True on a CPU with oneDNN, for float32, and for bfloat16 where the processor has it.
    """
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if dtype == torch.bfloat16:
        return bool(_ops()._is_mkldnn_bf16_supported())
    return dtype == torch.float32


def _ops() -> Any:
    return torch.ops.mkldnn
