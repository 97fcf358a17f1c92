"""The factor of similarities in a contrastive loss, or its inverse, the temperature."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from likewise.errors import InputError


def checked_scale(scale: Any, name: str = "scale") -> float:
    """Check a factor or a temperature.

    Args:
        scale: A number.
        name: The argument's name.

    Returns:
        The number.

    Raises:
        InputError: If it is not a finite number above 0.

    Example:
        >>> checked_scale(20)
        20.0
    """
    if isinstance(scale, bool) or not isinstance(scale, Real) or not math.isfinite(scale) or scale <= 0:
        raise InputError(f"{name}={scale!r}", accepted="a finite number above 0", fix=f"{name}=20.0")
    return float(scale)


def scale_from(scale: float, temperature: float | None) -> float:
    """The factor, where the temperature may be given instead.

    Args:
        scale: The factor; not used if there is a temperature.
        temperature: Inverse of the factor, or None.

    Returns:
        The factor.

    Raises:
        InputError: If either is not a finite number above 0.

    Example:
        >>> scale_from(20.0, 0.1)
        10.0
    """
    return checked_scale(scale) if temperature is None else 1.0 / checked_scale(temperature, "temperature")
