"""Checks of constructor arguments that several modules share. Knows values, not modules or files."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from likewise.errors import InputError, InputTypeError

MAX_DIMENSION = 2**22
"""Largest accepted width of a vector: above any vocabulary, and so above any model."""


def one_spelling(**spellings: Any) -> Any:
    """Pick the one value that was given for an argument that has had several names.

    Args:
        **spellings: Name to value, the documented name first; None where it was not given.

    Returns:
        The value.

    Raises:
        InputError: If none was given, or two that differ.

    Example:
        >>> one_spelling(word_embedding_dimension=None, embedding_dimension=8)
        8
    """
    given = {name: value for name, value in spellings.items() if value is not None}
    names = " or ".join(spellings)
    if not given:
        raise InputError(f"{names} is missing", accepted="one of these names", fix=f"{next(iter(spellings))}=384")
    first, *others = given.values()
    if any(other != first for other in others):
        raise InputError(
            ", ".join(f"{name}={value!r}" for name, value in given.items()), accepted=f"one value, as {names}"
        )
    return first


def checked_integer(name: str, value: Any, low: int = 1, high: int = MAX_DIMENSION) -> int:
    """Check an integer argument.

    Args:
        name: Name of the argument.
        value: The value.
        low: Smallest accepted value.
        high: Largest accepted value.

    Returns:
        The value.

    Raises:
        InputTypeError: If it is no integer.
        InputError: If it is out of bounds.

    Example:
        >>> checked_integer("out_features", 8)
        8
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputTypeError(f"{name}={value!r}", accepted=f"an integer from {low} to {high}")
    if not low <= value <= high:
        raise InputError(f"{name}={value!r}", accepted=f"an integer from {low} to {high}")
    return value


def checked_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Check an argument that is one of a few names.

    Args:
        name: Name of the argument.
        value: The value.
        choices: The accepted names.

    Returns:
        The value.

    Raises:
        InputError: If it is none of them; the message names the nearest.

    Example:
        >>> checked_choice("mode", "mean", ["mean", "max"])
        'mean'
    """
    names = list(choices)
    if isinstance(value, str) and value in names:
        return value
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    raise InputError(
        f"{name}={value!r}",
        accepted=f"one of {', '.join(map(repr, names))}",
        fix=f"{name}={near[0]!r}" if near else "",
    )
