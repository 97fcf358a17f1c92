"""Numbers of texts: equal texts have the same one. Memory is bounded for each text, however long it is.

Legend: N texts, U different ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.search.top_k import Ids

_BYTES = 16  # two of 10**12 different texts have the same digest with a chance of 1 to 10**14


def digests(texts: Iterable[str]) -> NDArray[np.bytes_]:
    """Tell texts apart by a few bytes of each.

    Args:
        texts: N texts.

    Returns:
        Digests, (N,), of 16 bytes each.
    """
    found = bytearray()
    for text in texts:
        found += hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
    return np.frombuffer(found, f"S{_BYTES}")


def in_order_of_appearance(values: NDArray[Any]) -> tuple[Ids, Ids]:
    """Number values.

    Args:
        values: Values, (N,), such as digests.

    Returns:
        Number of each value, (N,), from 0 in the order in which different ones first appear; and where each number
        first appears, (U,), ascending.

    Example:
        >>> numbers, firsts = in_order_of_appearance(np.array([7, 3, 7, 5]))
        >>> numbers.tolist(), firsts.tolist()
        ([0, 1, 0, 2], [0, 1, 3])
    """
    _, firsts, places = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    numbers = np.empty_like(order)
    numbers[order] = np.arange(len(order))
    return numbers[places], firsts[order]
