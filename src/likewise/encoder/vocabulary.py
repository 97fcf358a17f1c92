"""The last linear of a masked-language-model head as kernels, one for each strip of the vocabulary. Knows no head.

A strip is as wide as a tile of `likewise.ops.token_logits`, which runs one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor

from likewise.encoder import cpu
from likewise.encoder.encoder import weight_state
from likewise.encoder.kernels import Read
from likewise.encoder.linear import Linear, Place, join
from likewise.ops.token_logits import TILE_COLUMNS


@final
@dataclass(slots=True)
class VocabularyStrips:
    """Keeps kernels of a weight, and makes them anew when it has changed.

    Args:
        read: Gives the numbers of a weight to kernels that copy them.
    """

    read: Read = join
    _cache: tuple[tuple[Any, ...], list[Linear]] | None = field(default=None, repr=False)

    def of(self, weight_VE: Tensor, bias_V: Tensor | None) -> Sequence[Linear] | None:
        """Prepare the strips.

        Args:
            weight_VE: The weight.
            bias_V: Its bias, or None.

        Returns:
            The strips in order; None where the weight is best used as it is: with gradients, and off the CPU.
        """
        device, dtype = weight_VE.device, weight_VE.dtype
        if torch.is_grad_enabled() or torch.is_autocast_enabled(device.type) or not cpu.is_available(device, dtype):
            return None
        state = (weight_state(weight_VE), weight_state(bias_V), dtype)
        cache = self._cache
        if cache is None or cache[0] != state:
            cache = self._cache = state, self._make(weight_VE, bias_V)
        return cache[1]

    def _make(self, weight_VE: Tensor, bias_V: Tensor | None) -> list[Linear]:
        kind, values_VE = cpu.OneDnnLinear(), self.read([weight_VE])
        starts = range(0, len(values_VE), TILE_COLUMNS)
        biases = [None if bias_V is None else bias_V[at : at + TILE_COLUMNS] for at in starts]
        return [
            kind.make(Place("decoder"), values_VE[at : at + TILE_COLUMNS], bias_C)
            for at, bias_C in zip(starts, biases, strict=True)
        ]
