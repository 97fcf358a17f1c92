"""Fields beside a vector, and filters on them: checks, and one form for engines that store text.

A field is written as a label, the text `{"lang": "de"}`; a filter asks for labels. Numbers that are equal have one
label. Knows no engine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.index.inputs import as_ids
from likewise.index.protocol import Field, Fields, Ids, Where

ID = "id"


@final
@dataclass(frozen=True, slots=True)
class Filter:
    """What `where` asks for.

    Args:
        ids: The ids that are allowed, or nothing if all are.
        values: For each field the values of which one must be there.
    """

    ids: Ids | None
    values: Mapping[str, list[Field]]

    @property
    def labels(self) -> dict[str, list[str]]:
        """For each field the labels of which one must be there."""
        return {name: [label(name, value) for value in values] for name, values in self.values.items()}


def as_fields(fields: Sequence[Fields] | None, count: int) -> list[dict[str, Field]]:
    """Check the fields of vectors that are added.

    Args:
        fields: One mapping for each, or nothing.
        count: How many vectors there are.

    Returns:
        One dictionary for each, its values of Python's types.

    Raises:
        InputError: If a name is "id" or no text, or a value cannot be stored.
        ShapeError: If there are more or fewer than vectors.

    Example:
        >>> as_fields([{"lang": "de", "year": np.int64(2020)}], 1)
        [{'lang': 'de', 'year': 2020}]
    """
    if fields is None:
        return [{}] * count
    if len(fields) != count:
        raise ShapeError(f"{len(fields)} fields for {count} vectors", accepted="one mapping for each vector")
    return [{_name(name): _value(name, value) for name, value in row.items()} for row in fields]


def as_filter(where: Where | None) -> Filter:
    """Check a filter.

    Args:
        where: What `search` was given.

    Returns:
        The filter; one without conditions where there is none.

    Raises:
        InputError: If a name or a value cannot be that of a field.

    Example:
        >>> as_filter({"id": [3, 2], "lang": "de"}).labels
        {'lang': ['{"lang": "de"}']}
    """
    ids: Ids | None = None
    values: dict[str, list[Field]] = {}
    for name, wanted in (where or {}).items():
        several = isinstance(wanted, list | tuple | set | frozenset | range | np.ndarray)
        given: Any = list(wanted) if several else [wanted]  # type: ignore[arg-type]
        if name == ID:
            ids = np.unique(as_ids(np.asarray(given) if given else np.empty(0, np.int64), 'where["id"]'))
        else:
            values[_name(name)] = [_value(name, value) for value in given]
    return Filter(ids, values)


def label(name: str, value: Field) -> str:
    """The text under which a field with its value is found.

    Args:
        name: Name of the field.
        value: Its value.

    Returns:
        JSON with one key; the same for 2 and 2.0, another for True and "2".

    Example:
        >>> label("year", 2020.0)
        '{"year": 2020}'
    """
    same = int(value) if isinstance(value, float) and value.is_integer() else value
    return json.dumps({name: same}, ensure_ascii=False)


def named(name: str) -> str:
    """The label of every vector that has a field, whatever its value.

    Args:
        name: Name of the field.

    Returns:
        JSON that is no field's label.

    Example:
        >>> named("year")
        '"year"'
    """
    return json.dumps(name, ensure_ascii=False)


def unknown_field(name: str) -> InputError:
    """The error for a filter on a field that no vector has.

    Args:
        name: Name of the field.

    Returns:
        The error, to be raised.
    """
    return InputError(
        f"where names {name!r}; no vector in the index has such a field",
        accepted="names that were given to index.add(..., fields=...), and 'id'",
    )


def _name(name: object) -> str:
    if not isinstance(name, str) or not name or name == ID or not _storable(name):
        raise InputError(f"a field is named {name!r}", accepted="text other than '' and 'id', without NUL characters")
    return name


def _value(name: str, value: object) -> Field:
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, str | int | float | bool):
        raise InputTypeError(
            f"field {name!r} has the value {value!r}", accepted="str, int, float or bool", fix="leave the field out"
        )
    if (isinstance(plain, float) and not math.isfinite(plain)) or (isinstance(plain, str) and not _storable(plain)):
        raise InputError(f"field {name!r} has the value {value!r}", accepted="finite numbers; text that is valid UTF-8")
    return plain


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
