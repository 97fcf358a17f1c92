"""Search by comparing embeddings: exact, in bounded memory, on numpy arrays or torch tensors.

Here: `semantic_search` and `paraphrase_mining` (the documented functions), `nearest_pairs` (what the latter does),
`exact` (the tile loop), `top_k` and `best_pairs` (what is kept), `scorer`, `scorer_choice` and `measure` (how a tile is
scored), `backend`, `numpy_backend`, `torch_backend` (the arithmetic they need).
Not here: models, and anything approximate. Nothing here imports torch for numpy input.
"""

from __future__ import annotations

from likewise.search.paraphrase_mining import paraphrase_mining, paraphrase_mining_embeddings
from likewise.search.semantic_search import semantic_search

__all__ = ["paraphrase_mining", "paraphrase_mining_embeddings", "semantic_search"]
