"""Checks of arguments that several functions of search share."""

from __future__ import annotations

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
