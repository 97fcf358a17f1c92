"""Search by comparing embeddings: exact, in bounded memory, on numpy arrays or torch tensors.

Here: `semantic_search` (the documented function), `exact` (the tile loop), `top_k` (what is kept), `scorer` and
`measure` (how a tile is scored), `backend`, `numpy_backend`, `torch_backend` (the arithmetic they need).
Not here: models, and anything approximate. Nothing here imports torch for numpy input.
"""

from __future__ import annotations

from likewise.search.semantic_search import semantic_search

__all__ = ["semantic_search"]
