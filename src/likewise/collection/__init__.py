"""Texts in a folder that can be searched by meaning: their records, their embeddings, and an index over these.

Here: `Collection`; `manifest` (what the folder says of itself), `folder` (its names, its lock, what a kill leaves),
`records` (texts with their places), `growth` (embeddings into an index), `building` (the order of steps).
Not here: how embeddings are computed or found, and where texts come from. Names are imported when they are first
used: what a folder says of itself can be read without torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.collection.collection import Collection, CollectionHit

__all__ = ["Collection", "CollectionHit"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("likewise.collection.collection"), name)
    raise AttributeError(f"module 'likewise.collection' has no attribute {name!r}")
