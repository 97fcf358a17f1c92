"""The bi-encoder: `SentenceTransformer` and the few files behind it.

Here: `model` (the documented class), `loading` and `saving` (its folder), `settings` (the file that holds prompts and
similarity), `prompts`, `encode_call` (documented arguments to options of the encode loop), `pipeline` (what the loop
needs of a model) and `truncation` (shorter embeddings for a while). Not here: the loop itself, which is
`likewise.encoding`, and the modules, which are `likewise.models`.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["SentenceTransformer"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.model"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
