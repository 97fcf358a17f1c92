"""A method that takes the arguments of another one and passes them on. Knows neither."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def same_arguments_as(model: Callable[P, R]) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Give a function `(*args, **kwargs)` the signature of another, for `help`, editors and type checkers.

    Args:
        model: The function with the signature.

    Returns:
        A decorator.

    Example:
        >>> def f(a, b=1): ...
        >>> @same_arguments_as(f)
        ... def g(*args, **kwargs): ...
        >>> inspect.signature(g)
        <Signature (a, b=1)>
    """

    def decorate(function: Callable[..., R]) -> Callable[P, R]:
        function.__signature__ = inspect.signature(model)  # type: ignore[attr-defined]
        return function

    return decorate


def by_name(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Name the positional arguments of a call.

    Args:
        function: What is to be called.
        args: Its positional arguments.
        kwargs: Its keyword arguments.

    Returns:
        All arguments by name.

    Raises:
        TypeError: As the call itself would.
    """
    bound = inspect.signature(function).bind_partial(*args, **kwargs).arguments
    return {**{key: value for key, value in bound.items() if key != "kwargs"}, **bound.get("kwargs", {})}
