"""Numbers on the command line that are no counts. Knows argparse alone."""

from __future__ import annotations

import argparse
import math


def finite(text: str) -> float:
    """Parse a number, for argparse.

    Args:
        text: What the user wrote.

    Returns:
        The number.

    Raises:
        argparse.ArgumentTypeError: If it is none, or NaN or infinite.

    Example:
        >>> finite("0.5")
        0.5
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def at_least_zero(text: str) -> int:
    """Parse an integer that is not negative, for argparse.

    Args:
        text: What the user wrote.

    Returns:
        The integer.

    Raises:
        argparse.ArgumentTypeError: If it is none.

    Example:
        >>> at_least_zero("0")
        0
    """
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer of at least 0")
    return value
