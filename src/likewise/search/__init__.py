"""Search by comparing embeddings: exact, in bounded memory, on numpy arrays or torch tensors.

Here: `semantic_search`, `paraphrase_mining` and `community_detection` (the documented functions), `bitext_mining`,
`near_duplicates` and `clustering`; `nearest_pairs`, `mutual_pairs`, `neighbourhoods`, `neighbours_of_both`,
`margin_scores` and `pairs_reaching` (what these do); `exact` (the tile loop), `shortlist`, `contenders` and `guesses`
(what is scored exactly), `top_k`, `best_pairs` and `row_order` (what is kept), `scorer`, `scorer_choice` and `measure`
(how a tile is scored), `backend`, `numpy_backend`, `torch_backend`, `half_product` (the arithmetic they need),
`kmeans`, `rows`, `mapped_rows`, `unit_rows` and `arguments` (what callers give).
Not here: models, anything approximate, and mining for training (`likewise.mining`). Torch is imported for
numpy input only where there is so much to do that `half_product` pays.
"""

from __future__ import annotations

from likewise.search.bitext_mining import bitext_mining, bitext_mining_embeddings
from likewise.search.clustering import agglomerative_clusters, kmeans_clusters
from likewise.search.community_detection import community_detection
from likewise.search.near_duplicates import near_duplicates, remove_near_duplicates
from likewise.search.paraphrase_mining import paraphrase_mining, paraphrase_mining_embeddings
from likewise.search.semantic_search import semantic_search

__all__ = [
    "agglomerative_clusters",
    "bitext_mining",
    "bitext_mining_embeddings",
    "community_detection",
    "kmeans_clusters",
    "near_duplicates",
    "paraphrase_mining",
    "paraphrase_mining_embeddings",
    "remove_near_duplicates",
    "semantic_search",
]
