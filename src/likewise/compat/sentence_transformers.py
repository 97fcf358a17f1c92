"""The name under which the model classes are shown while the alias is installed, and under which they are pickled.

Programs look for "sentence_transformers" in `str(type(model))` (BERTopic, KeyBERT); the word is in this module's name.
Unlike the alias itself, it can be imported wherever likewise can, so that a pickle opens with and without the alias.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

# The module of ours that defines a class -> the class.
SHOWN: Final = {
    "likewise.sentence_transformer.model": "SentenceTransformer",
    "likewise.cross_encoder.model": "CrossEncoder",
    "likewise.sparse_encoder.model": "SparseEncoder",
}


def show(module_name: str) -> None:
    """Show the class of a module under this module's name.

    Args:
        module_name: One of `SHOWN`; nothing happens if it is not imported yet.
    """
    if module_name in sys.modules:
        getattr(sys.modules[module_name], SHOWN[module_name]).__module__ = __name__


def __getattr__(name: str) -> Any:
    for module_name, class_name in SHOWN.items():
        if class_name == name:
            return getattr(importlib.import_module(module_name), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
