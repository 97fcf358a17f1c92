"""Names of the functions and modules that a loss was given, for the model card. Knows no loss."""

from __future__ import annotations

from typing import Any


def function_name(function: Any) -> str:
    """Name of a function, or of the class of what is called like one.

    Args:
        function: What a user gave.

    Returns:
        Its bare name.

    Example:
        >>> function_name(len)
        'len'
    """
    return str(getattr(function, "__name__", type(function).__name__))


def member_name(function: Any, family: type) -> str:
    """Name of a function by the documented class that holds it.

    Args:
        function: What a user gave.
        family: The class, such as `TripletDistanceMetric`.

    Returns:
        Class and member, such as "TripletDistanceMetric.COSINE"; the bare name of a user's own function.

    Example:
        >>> from likewise.losses.pair_distances import TripletDistanceMetric
        >>> member_name(TripletDistanceMetric.COSINE, TripletDistanceMetric)
        'TripletDistanceMetric.COSINE'
    """
    for name, member in vars(family).items():
        if name.isupper() and isinstance(member, staticmethod) and member.__func__ is function:
            return f"{family.__name__}.{name}"
    return function_name(function)
