"""What `encode` is given, made into a list of inputs that the model reads. Decides single or many; knows no model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, final, runtime_checkable

import numpy as np

from likewise.errors import InputError, InputTypeError

_ACCEPTED = "one text, or a list, array or column of texts (or of pairs of texts, or of what else the model reads)"
_NO_COUNT = 16  # size of an input that has no text


@runtime_checkable
class _ArrowColumn(Protocol):
    def to_pylist(self) -> list[Any]:
        """The values as Python objects."""


@runtime_checkable
class _Table(Protocol):
    ndim: int


@final
@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one call.

    Args:
        values: The inputs in order, each of a kind that the model reads.
        single: Whether the caller gave one input by itself, and so gets one result by itself.
    """

    values: list[Any]
    single: bool

    @classmethod
    def of(cls, given: Any, accepts: Callable[[object], bool]) -> Self:
        """Take what the caller gave apart and check it.

        A list, a tuple, an array, a column or an iterator holds many inputs; a pair of texts therefore stands in a
        list: `[("a", "b")]`. Anything else that the model reads is one input.

        Args:
            given: What the caller gave.
            accepts: Whether the model reads one input of this kind.

        Returns:
            The inputs.

        Raises:
            InputTypeError: If the whole, or one input, is of a kind that cannot be used; the message says which.
            InputError: If a text is no valid Unicode.

        Example:
            >>> Inputs.of("a", lambda value: isinstance(value, str))
            Inputs(values=['a'], single=True)
            >>> Inputs.of(iter(["a", "b"]), lambda value: isinstance(value, str)).values
            ['a', 'b']
        """
        if is_single(given, accepts):
            inputs = cls([given.item() if isinstance(given, np.ndarray) else given], single=True)
        elif isinstance(given, np.ndarray) and given.dtype.kind in "OUST":
            inputs = cls(given.tolist(), single=False)
        else:
            inputs = cls(list(given) if isinstance(given, list | tuple) else _many(given), single=False)
        check_values(inputs.values, accepts, None if inputs.single else 0)
        return inputs

    def __len__(self) -> int:
        return len(self.values)


def is_single(given: Any, accepts: Callable[[object], bool]) -> bool:
    """Whether what a caller gave is one input, not many.

    Args:
        given: What the caller gave.
        accepts: Whether the model reads one input of this kind.

    Returns:
        True for a text, a dictionary, and what else the model reads and is no list, tuple or array of several.

    Example:
        >>> is_single("a", lambda value: isinstance(value, str)), is_single(["a"], lambda value: False)
        (True, False)
    """
    if isinstance(given, list | tuple):
        return False
    if isinstance(given, np.ndarray) and given.dtype.kind in "OUST":
        return given.ndim == 0
    return isinstance(given, str | Mapping) or accepts(given)


def rough_size(value: object) -> int:
    """Estimate what an input costs before it is tokenised.

    Args:
        value: A text, or a pair, list or dictionary of texts.

    Returns:
        Its characters, at least 1; a constant for what is no text.

    Example:
        >>> rough_size("hello"), rough_size(("hello", "you"))
        (5, 8)
    """
    if isinstance(value, str):
        return max(len(value), 1)
    if isinstance(value, Mapping):
        return sum(map(rough_size, value.values())) or 1
    if isinstance(value, list | tuple):
        return sum(map(rough_size, value)) or 1
    return _NO_COUNT


def _many(given: Any) -> list[Any]:
    if isinstance(given, bytes | bytearray):
        raise InputTypeError("bytes instead of a text", accepted=_ACCEPTED, fix="encode(data.decode('utf-8'))")
    if isinstance(given, set | frozenset):
        raise InputTypeError(
            f"a {type(given).__name__}, which has no order",
            accepted=_ACCEPTED,
            fix="texts = list(texts); encode(texts)",
        )
    if isinstance(given, _Table) and given.ndim != 1:
        raise InputTypeError(
            f"a {type(given).__name__} of {given.ndim} dimensions", accepted=_ACCEPTED, fix="encode(table['text'])"
        )
    if isinstance(given, _ArrowColumn):
        return given.to_pylist()
    if isinstance(given, Iterable):
        return list(given)
    fix = "" if given is not None else "encode('a text') or encode(['a text', 'another'])"
    raise InputTypeError(_called(given), accepted=_ACCEPTED, fix=fix)


def check_values(values: Sequence[Any], accepts: Callable[[object], bool], start: int | None = 0) -> None:
    """Refuse what the model does not read, and texts that are no Unicode.

    Args:
        values: The inputs.
        accepts: Whether the model reads one input of this kind.
        start: Position of the first one in the call, for messages; None if there is but one, given by itself.

    Raises:
        InputTypeError: If an input is of a kind that cannot be used.
        InputError: If a text is no valid Unicode.
    """
    for at, value in enumerate(values, start or 0):
        if type(value) is str and value.isascii():
            continue  # nearly all inputs of a long list
        where = "the input" if start is None else f"input {at}"
        if not isinstance(value, str) and not accepts(value):
            raise InputTypeError(f"{where} is {_called(value)}", accepted=_ACCEPTED, fix=_fix(value))
        for text in _texts(value):
            if not text.isascii():
                _check_unicode(text, where)


def _check_unicode(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as bad:
        raise InputError(
            f"{where} holds a lone surrogate {text[bad.start]!r} at character {bad.start}, which is no Unicode text",
            accepted="texts that can be written as UTF-8",
            fix="text.encode('utf-8', 'replace').decode('utf-8')",
        ) from bad


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (part for part in value if isinstance(part, str))
    elif isinstance(value, Mapping):
        yield from (part for part in value.values() if isinstance(part, str))


def _called(value: object) -> str:
    if value is None:
        return "None"
    shown = repr(value)
    return f"{shown if len(shown) <= 60 else shown[:57] + '...'} of type {type(value).__name__}"


def _fix(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ == "NAType":
        return "leave missing texts out: [text for text in texts if isinstance(text, str)]"
    if isinstance(value, bytes | bytearray):
        return "texts = [data.decode('utf-8') for data in texts]"
    if isinstance(value, int | float | np.number):
        return "texts = [str(value) for value in values]"
    if isinstance(value, Sequence):
        return "a pair is a tuple of two texts: ('a text', 'another')"
    return ""
