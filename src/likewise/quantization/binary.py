"""One bit for each dimension: whether it is positive, eight of them packed into a byte.

Numpy only. Does not know scores or calibration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pack_bits(embeddings: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Pack the signs of each embedding into bytes, first dimension in the highest bit.

    Args:
        embeddings: Embeddings, (..., dim).

    Returns:
        Bytes from 0 to 255, uint8, (..., dim / 8 rounded up); missing bits are 0.

    Example:
        >>> pack_bits(np.array([1.0, -1.0, 0.0, 2.0, -1.0, -1.0, -1.0, -1.0]))
        array([144], dtype=uint8)
    """
    return np.packbits(embeddings > 0, axis=-1)


def pack_bits_signed(embeddings: NDArray[np.floating]) -> NDArray[np.int8]:
    """The same bytes less 128.

    Args:
        embeddings: Embeddings, (..., dim).

    Returns:
        Bytes from -128 to 127, int8, (..., dim / 8 rounded up).

    Example:
        >>> pack_bits_signed(np.array([1.0, -1.0, 0.0, 2.0, -1.0, -1.0, -1.0, -1.0]))
        array([16], dtype=int8)
    """
    # Flipping the highest bit of a byte and reading it as signed subtracts 128.
    return (pack_bits(embeddings) ^ np.uint8(128)).view(np.int8)
