"""Quantized embeddings turned back into numbers, as near as their bytes allow. Numpy only; does not know search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def restore_scalar(values: NDArray[Any], ranges: NDArray[np.floating]) -> NDArray[np.float32]:
    """The middle of each value's step.

    Args:
        values: Step numbers, int8 or uint8, (..., dim).
        ranges: Smallest and largest value of each dimension, (2, dim): those that they were quantized with.

    Returns:
        float32, (..., dim): at most half a step from what was quantized, if that was inside the range.

    Example:
        >>> restore_scalar(np.array([[0, 255]], np.uint8), np.array([[0.0, 0.0], [2.55, 2.55]])).round(3)
        array([[0.005, 2.555]], dtype=float32)
    """
    steps = (ranges[1] - ranges[0]) / 255
    first = -128 if values.dtype == np.int8 else 0
    restored: NDArray[np.float32] = ranges[0] + (values.astype(np.float32) - (first - 0.5)) * steps
    return restored.astype(np.float32)


def in_steps(queries: NDArray[np.float32], ranges: NDArray[np.floating]) -> NDArray[np.float32]:
    """Queries whose products with step numbers rank as those of the queries with the restored values do.

    A restored value is the step number times the step and a constant, which adds the same to all products of a query.

    Args:
        queries: (Q, dim).
        ranges: Smallest and largest value of each dimension, (2, dim).

    Returns:
        float32, (Q, dim).

    Example:
        >>> in_steps(np.array([[2.0]], np.float32), np.array([[0.0], [25.5]])).round(3)
        array([[0.2]], dtype=float32)
    """
    scaled: NDArray[np.float32] = queries * ((ranges[1] - ranges[0]) / 255)
    return scaled.astype(np.float32)


def restore_signs(values: NDArray[Any], dim: int) -> NDArray[np.float32]:
    """A vector of length 1 that points where the signs do.

    Args:
        values: Packed bits, uint8 or (less 128) int8, (..., bytes).
        dim: How many bits count.

    Returns:
        1 / sqrt(dim) for a set bit, else -1 / sqrt(dim), float32, (..., dim).

    Example:
        >>> restore_signs(np.array([0b10100000], np.uint8), 4)
        array([ 0.5, -0.5,  0.5, -0.5], dtype=float32)
    """
    bits = np.unpackbits(as_unsigned(values), axis=-1, count=dim)
    length = np.float32(1 / np.sqrt(dim))
    return np.where(bits, length, -length)


def as_unsigned(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The same bytes from 0 to 255.

    Args:
        values: uint8, or int8 that is 128 less.

    Returns:
        uint8, the same shape.

    Example:
        >>> as_unsigned(np.array([-128, 127], np.int8))
        array([  0, 255], dtype=uint8)
    """
    return values if values.dtype == np.uint8 else np.ascontiguousarray(values).view(np.uint8) ^ np.uint8(128)
