"""One byte for each dimension: the number of one of 255 equal steps between a smallest and a largest value.

Numpy only. Does not know where the ranges come from.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError

_VALUES_AT_ONCE = 2**20
ALL_VALUES = (0.0, 100.0)


def value_ranges(
    embeddings: NDArray[np.floating], percentiles: tuple[float, float] = ALL_VALUES
) -> NDArray[np.floating]:
    """The smallest and the largest value of each dimension, or percentiles of its values.

    Args:
        embeddings: Embeddings, (rows, dim), at least one row.
        percentiles: The two ends, from 0 (the smallest value) to 100 (the largest); what lies between two values is
            interpolated.

    Returns:
        Lower ends in the first row, upper ends in the second, (2, dim).

    Example:
        >>> value_ranges(np.array([[1.0, 5.0], [2.0, 3.0]]))
        array([[1., 3.],
               [2., 5.]])
    """
    if tuple(percentiles) == ALL_VALUES:
        return np.stack([embeddings.min(axis=0), embeddings.max(axis=0)])
    ends: NDArray[np.floating] = np.percentile(embeddings, percentiles, axis=0).astype(embeddings.dtype)
    return ends


def check_percentiles(percentiles: tuple[float, float]) -> tuple[float, float]:
    """Check the two ends of ranges.

    Args:
        percentiles: Two numbers from 0 to 100, the lower first.

    Returns:
        The same as floats.

    Raises:
        InputError: If they are not.

    Example:
        >>> check_percentiles((0, 99.5))
        (0.0, 99.5)
    """
    try:
        low, high = (float(value) for value in percentiles)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not 0 <= low < high <= 100:
        raise InputError(
            f"percentiles={percentiles!r}",
            accepted="two numbers from 0 to 100, the lower first",
            fix="percentiles=(0.5, 99.5)",
        )
    return low, high


def quantize_scalar(
    embeddings: NDArray[np.floating], ranges: NDArray[np.floating], precision: Literal["int8", "uint8"]
) -> NDArray[Any]:
    r"""Map each value to the number of its step.

    $y = \mathrm{clip}(\lfloor \frac{x - \mathrm{min}}{(\mathrm{max} - \mathrm{min}) / 255} \rfloor, 0, 255) - z$
    with $z = 0$ for uint8 and 128 for int8. Values outside the range go to its ends. In a dimension whose range is a
    single value, values up to it go to the lowest step and larger ones to the highest.

    Args:
        embeddings: Finite embeddings, (..., dim), float32 or float64.
        ranges: Smallest and largest value of each dimension, (2, dim).
        precision: "int8" or "uint8".

    Returns:
        Step numbers, from -128 to 127 or from 0 to 255, (..., dim).

    Example:
        >>> quantize_scalar(np.array([[-9.0], [0.0], [0.5], [1.0], [9.0]]), np.array([[0.0], [1.0]]), "uint8").ravel()
        array([  0,   0, 127, 255, 255], dtype=uint8)
    """
    starts, ends = ranges.astype(embeddings.dtype)
    steps = (ends - starts) / 255
    constant = ~(steps > 0)
    result = np.empty(embeddings.shape, np.uint8)
    rows, out = embeddings.reshape(-1, embeddings.shape[-1]), result.reshape(-1, embeddings.shape[-1])
    at_once = max(1, _VALUES_AT_ONCE // max(1, rows.shape[1]))
    for first in range(0, len(rows), at_once):
        part = slice(first, first + at_once)
        offsets = rows[part] - starts
        buckets = offsets / np.where(constant, 1, steps)
        buckets[:, constant] = np.where(offsets[:, constant] > 0, 255, 0)
        out[part] = np.clip(buckets, 0, 255)
    # Flipping the highest bit of a byte and reading it as signed subtracts 128.
    return (result ^ np.uint8(128)).view(np.int8) if precision == "int8" else result
