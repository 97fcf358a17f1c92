"""What `predict` is given, made into a list of pairs of texts. Decides one pair or many; knows no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from likewise.errors import InputError, InputTypeError

_ACCEPTED = "a pair of texts, or a list, array or iterator of pairs"
_EXAMPLE = "model.predict([('a query', 'a passage'), ('a query', 'another passage')])"


@final
@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of one call.

    Args:
        values: The pairs in order, each a tuple of two texts.
        single: Whether the caller gave one pair by itself, and so gets its score by itself.
    """

    values: list[tuple[str, str]]
    single: bool

    @classmethod
    def of(cls, given: Any) -> Self:
        """Take what the caller gave apart and check it.

        Two texts in a list, a tuple or an array are one pair; everything else that holds several things holds pairs. A
        text may be given as `{"text": "..."}`.

        Args:
            given: What the caller gave.

        Returns:
            The pairs.

        Raises:
            InputTypeError: If the whole, or one pair, is of a kind that cannot be used.
            InputError: If a pair does not have two texts; the message says which.

        Example:
            >>> Pairs.of(("a", "b"))
            Pairs(values=[('a', 'b')], single=True)
            >>> Pairs.of([["a", "b"], ("c", "d")]).values
            [('a', 'b'), ('c', 'd')]
        """
        items = _items(given)
        if len(items) == 2 and all(_text_of(item) is not None for item in items):
            return cls([_pair(items, "the pair")], single=True)
        if items and all(isinstance(item, str) for item in items):
            raise InputError(
                f"a list of {len(items)} {'text' if len(items) == 1 else 'texts'}, not of pairs",
                accepted=_ACCEPTED,
                fix=_EXAMPLE,
            )
        return cls([_pair(item, f"pair {at}") for at, item in enumerate(items)], single=False)

    def __len__(self) -> int:
        return len(self.values)


def _items(given: Any) -> list[Any]:
    if isinstance(given, str):
        raise InputTypeError(f"one text, {_shown(given)}, instead of a pair", accepted=_ACCEPTED, fix=_EXAMPLE)
    if given is None or isinstance(given, bytes | bytearray | set | frozenset | Mapping):
        raise InputTypeError(_called(given), accepted=_ACCEPTED, fix=_EXAMPLE)
    if isinstance(given, np.ndarray):
        if given.ndim == 0 or given.dtype.kind not in "OUST":
            raise InputTypeError(
                f"an array of {given.dtype} with {given.ndim} dimensions", accepted=_ACCEPTED, fix=_EXAMPLE
            )
        items: list[Any] = given.tolist()
        return items
    if not isinstance(given, Iterable):
        raise InputTypeError(_called(given), accepted=_ACCEPTED, fix=_EXAMPLE)
    return list(given)


def _pair(item: Any, where: str) -> tuple[str, str]:
    if isinstance(item, np.ndarray):
        item = item.tolist()
    if isinstance(item, str):
        raise InputTypeError(
            f"{where} is one text, {_shown(item)}", accepted="two texts: ('a query', 'a passage')", fix=_EXAMPLE
        )
    if not isinstance(item, list | tuple):
        raise InputTypeError(f"{where} is {_called(item)}", accepted="a tuple or list of two texts", fix=_EXAMPLE)
    if len(item) != 2:
        raise InputError(
            f"{where} has {len(item)} {'part' if len(item) == 1 else 'parts'}: {_shown(item)}",
            accepted="two texts: ('a query', 'a passage')",
            fix=_EXAMPLE,
        )
    first, second = _text_of(item[0]), _text_of(item[1])
    if first is None or second is None:
        number, part = ("first", item[0]) if first is None else ("second", item[1])
        raise InputTypeError(
            f"the {number} part of {where} is {_called(part)}",
            accepted="a text",
            fix="leave pairs without texts out: [(a, b) for a, b in pairs if a is not None and b is not None]",
        )
    return first, second


def _text_of(part: Any) -> str | None:
    if isinstance(part, Mapping):
        part = part.get("text") if len(part) == 1 else None
    # Subclasses such as numpy.str_ become plain texts, which the tokenizer takes.
    return str(part) if isinstance(part, str) else None


def _called(value: object) -> str:
    return "None" if value is None else f"{_shown(value)} of type {type(value).__name__}"


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
