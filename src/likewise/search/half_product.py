"""Matrix products in bfloat16, with a bound of their error: several times as fast as float32 on processors with AMX.

For first guesses only: what may be among the best by these is scored again. Takes numpy arrays; imports torch when an
object is made.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import sys
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

_UNIT = 2.0**-8  # relative rounding error of one number
_FEW_ROWS = 128  # with fewer on one side, converting the other costs more than the product
# Multiplications that take a processor a second or so; importing torch takes about two.
_WORTH_IT, _WORTH_AN_IMPORT = 2e10, 5e11
_FEATURES = Path("/proc/cpuinfo")


@final
class HalfProduct:
    """Multiplies float32 matrices by way of bfloat16, in scratch memory.

    Example:
        >>> left, right = np.array([[1.0, 0.5]], np.float32), np.array([[2.0, 4.0]], np.float32)
        >>> HalfProduct()(left, right, np.empty((1, 1), np.float32))
        array([[4.]], dtype=float32)
    """

    error = 3.02 * _UNIT
    """Bound of the error, relative to the lengths of the two rows: both factors are rounded, and then the result."""

    def __init__(self) -> None:
        import torch

        self._torch = torch
        self._scores = torch.empty(0, dtype=torch.bfloat16)

    def __call__(
        self, left: NDArray[np.float32], right: NDArray[np.float32], out: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Multiply.

        Args:
            left: (Q, dim).
            right: (K, dim).
            out: Where the result goes, (Q, K).

        Returns:
            `left @ right.T`, nearly.
        """
        torch = self._torch
        size = len(left) * len(right)
        if self._scores.numel() < size:
            self._scores = torch.empty(size, dtype=torch.bfloat16)
        scores = self._scores[:size].view(len(left), len(right))
        torch.mm(_half(torch, left), _half(torch, right).T, out=scores)
        torch.from_numpy(out).copy_(scores)
        return out


def half_product_for(sides: tuple[int, int], dim: int) -> HalfProduct | None:
    """Such products, if they make a search faster.

    Args:
        sides: Numbers of rows that are compared with each other.
        dim: Their length.

    Returns:
        The products; None where there is too little to do, or the processor is no faster with them.

    Example:
        >>> half_product_for((3, 5), 384) is None
        True
    """
    work = math.prod(sides) * dim
    if min(sides) < _FEW_ROWS or work < (_WORTH_IT if "torch" in sys.modules else _WORTH_AN_IMPORT):
        return None
    if not processor_is_fast() or importlib.util.find_spec("torch") is None:
        return None
    import torch

    return HalfProduct() if torch.ops.mkldnn._is_mkldnn_bf16_supported() else None


@functools.cache
def processor_is_fast() -> bool:
    """Whether the processor multiplies bfloat16 many times faster than float32.

    Returns:
        True with AMX, as far as Linux tells.
    """
    try:
        return "amx_bf16" in _FEATURES.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def _half(torch: Any, matrix: NDArray[np.float32]) -> Any:
    if not matrix.flags.writeable:  # a memory map: torch would warn of what it might write
        matrix = matrix.copy()
    return torch.from_numpy(matrix).to(torch.bfloat16)
