"""Sparse embeddings: the documented class `SparseEncoder`, its card and its modules, for inference.

Here: how a folder becomes a sparse encoder, what `encode` gives, and what one does with it (`decode`, `intersection`,
`sparsity`). Not here: how logits are computed and pooled (`likewise.models`), and training.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.sparse_encoder.card import SparseEncoderModelCardData
    from likewise.sparse_encoder.model import SparseEncoder

_NAMES = {"SparseEncoder": "model", "SparseEncoderModelCardData": "card"}

__all__ = ["SparseEncoder", "SparseEncoderModelCardData"]


def __getattr__(name: str) -> Any:
    if name == "models":
        return importlib.import_module(f"{__name__}.models")
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "models"]
