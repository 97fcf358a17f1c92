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


@final
@dataclass(frozen=True, slots=True)
class PackedLayer:
    """One linear layer in oneDNN's own layout.

    Args:
        packed: The weight, packed.
        bias_O: The bias, or None.
        activates: False: the activation is applied elsewhere.
    """

    packed: Tensor
    bias_O: Tensor | None
    activates: bool = False

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer."""
        return _ops()._linear_pointwise(x_TI, self.packed, self.bias_O, "none", [], "none")  # type: ignore[no-any-return]


@final
@dataclass(frozen=True, slots=True)
class OneDnnLinear:
    """Layers with packed weights, for float32 and bfloat16 without gradients.

    Args:
        name: For reports.
        copies: True: the packed weights are copies.
    """

    name: str = "oneDNN, weights packed once"
    copies: bool = True

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer; see `likewise.encoder.linear.LinearKind`."""
        packed = _ops()._reorder_linear_weight(weight_OI.detach().contiguous(), _EXPECTED_ROWS)
        return PackedLayer(packed, None if bias_O is None else bias_O.detach().contiguous())


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
