"""Rows at unit length, float32, a tile at a time or all at once. Knows what a row may hold, not what it means.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.ops.embeddings import is_tensor
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import load_block

_ROWS_AT_ONCE = 4096


def unit_tiles(rows: Any, name: str = "embeddings") -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Scale rows to length 1, some at a time; zero rows stay.

    Args:
        rows: What `as_rows` gave, (N, dim).
        name: The argument's name, for messages.

    Yields:
        Number of the first row of a tile, and the tile.

    Raises:
        InputError: If a row holds NaN or infinity.

    Example:
        >>> [(start, tile.tolist()) for start, tile in unit_tiles(np.array([[0.0, 2.0], [0.0, 0.0]]))]
        [(0, [[0.0, 1.0], [0.0, 0.0]])]
    """
    if is_tensor(rows):
        rows = rows.detach().float().cpu().numpy()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = load_block(NumpyBackend(), rows, start, min(start + _ROWS_AT_ONCE, len(rows)), name)
        lengths = np.where(block.norms > 0, block.norms, 1.0)
        yield start, (block.matrix / lengths[:, None]).astype(np.float32)


def unit_rows(rows: Any, name: str = "embeddings") -> NDArray[np.float32]:
    """Scale rows to length 1, all at once.

    Args:
        rows: What `as_rows` gave, (N, dim).
        name: The argument's name, for messages.

    Returns:
        A copy, (N, dim).

    Raises:
        InputError: If a row holds NaN or infinity.

    Example:
        >>> unit_rows(np.array([[0, 2]])).tolist()
        [[0.0, 1.0]]
    """
    units = np.empty(tuple(rows.shape), np.float32)
    for start, tile in unit_tiles(rows, name):
        units[start : start + len(tile)] = tile
    return units
