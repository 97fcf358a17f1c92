"""Training objectives, under their documented names; each is imported when it is first used. `Loss` is the contract."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Loss": "loss",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"likewise.losses.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'likewise.losses' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
