"""What a place of the table holds: its names, and the object behind each. Imports our modules when asked."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from likewise.compat.table import Place

ABSENT = object()


def modules_of(place: Place) -> list[ModuleType]:
    """Import the modules of a place.

    Args:
        place: The place.

    Returns:
        The modules, in order.
    """
    return [importlib.import_module(_full(name)) for name in place.modules]


def names_of(place: Place) -> list[str]:
    """All documented names of a place.

    Args:
        place: The place.

    Returns:
        The names, sorted.
    """
    return sorted({*place.names, *(name for module in modules_of(place) for name in _public(module))})


def find(place: Place, name: str) -> Any:
    """The object that a name of a place means.

    Args:
        place: The place.
        name: A documented name.

    Returns:
        The object itself, the same under every path; `ABSENT` if the place has no such name.
    """
    if name in place.names:
        home, _, attribute = place.names[name].partition(":")
        return getattr(importlib.import_module(_full(home)), attribute, ABSENT)
    for module in modules_of(place):
        if name in _public(module):
            return getattr(module, name)
    return ABSENT


def _full(module: str) -> str:
    return f"likewise.{module}" if module else "likewise"


def _public(module: ModuleType) -> list[str]:
    names = vars(module).get("__all__") or dir(module)  # a module without __all__ lists its names in __dir__
    return [name for name in names if not name.startswith("_")]
