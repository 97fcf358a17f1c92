"""Checks of arguments that several functions of search share."""

from __future__ import annotations

import math
import operator
from typing import Any

from likewise.errors import InputError, InputTypeError


def at_least_one(value: Any, name: str) -> int:
    """Check a count.

    Args:
        value: The count.
        name: The argument's name, for messages.

    Returns:
        The same as an `int`.

    Raises:
        InputError: If it is below 1.
        InputTypeError: If it is no integer.

    Example:
        >>> at_least_one(3, "top_k")
        3
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputTypeError(f"{name}={value!r}", accepted="an integer of at least 1") from error
    if number < 1:
        raise InputError(f"{name}={number}", accepted="an integer of at least 1", fix=f"leave {name} out")
    return number


def real_number(value: Any, name: str) -> float:
    """Check a score or a limit.

    Args:
        value: The number, which may be infinite.
        name: The argument's name, for messages.

    Returns:
        The same as a `float`.

    Raises:
        InputError: If it is NaN.
        InputTypeError: If it is no number.

    Example:
        >>> real_number(1, "threshold")
        1.0
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputTypeError(f"{name}={value!r}", accepted="a number") from error
    if math.isnan(number):
        raise InputError(f"{name}=nan", accepted="a number", fix=f"leave {name} out")
    return number


def one_of(value: Any, accepted: tuple[str, ...], name: str) -> None:
    """Check a choice.

    Args:
        value: What was chosen.
        accepted: What may be.
        name: The argument's name, for the message.

    Raises:
        InputError: If it is none of them.

    Example:
        >>> one_of("top", ("top", "random"), "sampling_strategy")
    """
    if value not in accepted:
        raise InputError(f"{name}={value!r}", accepted=", ".join(map(repr, accepted)), fix=f"{name}={accepted[0]!r}")
