"""Shorter embeddings for the length of a `with` block, in this thread or task only.

A context variable, not an attribute: other threads that share the model, and uses that overlap, do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from likewise.errors import InputError

_OVERRIDES: ContextVar[Mapping[int, int | None]] = ContextVar("likewise_truncate_dim", default=MappingProxyType({}))


def check_truncate_dim(value: int | None) -> int | None:
    """Refuse a width that is no positive integer.

    Args:
        value: The width, or None for the full width.

    Returns:
        The value.

    Raises:
        InputError: If it is neither None nor an integer of at least 1.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InputError(f"truncate_dim={value!r}", accepted="an integer of at least 1, or None for the full width")
    return value


@contextmanager
def truncated(model: object, dim: int | None) -> Iterator[None]:
    """Cut the embeddings of one model to a width within the block.

    Args:
        model: The model.
        dim: The width, or None for the full width.

    Yields:
        Nothing.
    """
    token = _OVERRIDES.set({**_OVERRIDES.get(), id(model): check_truncate_dim(dim)})
    try:
        yield
    finally:
        _OVERRIDES.reset(token)


def current_dim(model: object, otherwise: int | None) -> int | None:
    """The width that holds now for a model.

    Args:
        model: The model.
        otherwise: Its own setting, which holds outside of any block.

    Returns:
        The width, or None for the full width.
    """
    return _OVERRIDES.get().get(id(model), otherwise)
