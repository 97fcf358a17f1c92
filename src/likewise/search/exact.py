"""The tile loop of exact search: every query meets every document, a tile of scores at a time.

Memory: one tile of scores, float32 copies of the rows of one tile, and the results; independent of the number of
documents. Does not know similarity functions or libraries of matrices.

Legend: Q queries, k documents kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.search.scorer import Scorer
from likewise.search.top_k import Floats, Ids, RunningTopK

# Large enough for a matrix product at full speed, small enough for the processor's cache.
_QUERIES = 1024
_SCORES = 4 * 2**20
_VALUES = 2 * 2**20
_FIRST_DOCUMENTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSize:
    """How many rows of each side meet at a time.

    Args:
        queries: Queries of a tile, at least 1.
        documents: Documents of a tile, at least 1.
    """

    queries: int
    documents: int


def choose_tile(queries: int, dim: int, *, query_chunk_size: int, corpus_chunk_size: int, reshape: bool) -> TileSize:
    """Tile sizes that hold no more scores than the chunk sizes allow.

    Args:
        queries: Number of queries.
        dim: Dimension of the embeddings.
        query_chunk_size: Most queries of a tile, in the user's eyes.
        corpus_chunk_size: Most documents of a tile, in the user's eyes.
        reshape: Whether more queries and fewer documents may meet, at no more scores: faster.

    Returns:
        The sizes.

    Example:
        >>> choose_tile(5000, 384, query_chunk_size=100, corpus_chunk_size=500000, reshape=True)
        TileSize(queries=1024, documents=4096)
    """
    rows = max(1, min(queries, query_chunk_size))
    scores = min(query_chunk_size * corpus_chunk_size, _SCORES)
    if reshape and scores >= _QUERIES * _FIRST_DOCUMENTS:
        rows = max(1, min(queries, max(query_chunk_size, _QUERIES)))
    documents = min(corpus_chunk_size, scores // rows, _VALUES // max(1, dim))
    return TileSize(queries=rows, documents=max(1, documents))


def search(
    queries: Any, documents: Any, scorer: Scorer, *, top_k: int, tile: TileSize, names: tuple[str, str]
) -> tuple[Ids, Floats]:
    """Find the best documents of each query.

    Args:
        queries: Rows, (Q, dim), of whatever `scorer` loads.
        documents: Rows, (documents, dim), at least one.
        scorer: Loads rows and scores tiles.
        top_k: How many documents to find for each query, from 1 to their number.
        tile: How many rows meet at a time.
        names: The names of the two arguments, for messages.

    Returns:
        Ids and scores, (Q, k), best first, equal scores by the lower id.

    Raises:
        InputError: If rows or scores are NaN or infinite.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> from likewise.search.scorer import MeasureScorer
        >>> rows, tile = np.eye(3), TileSize(queries=2, documents=2)
        >>> search(rows, rows, MeasureScorer(Dot(), NumpyBackend()), top_k=1, tile=tile, names=("a", "b"))[0].tolist()
        [[0], [1], [2]]
    """
    total = len(queries)
    ids_Qk = np.empty((total, top_k), np.int64)
    scores_Qk = np.empty((total, top_k), np.float32)
    for start in range(0, total, tile.queries):
        stop = min(start + tile.queries, total)
        block = scorer.load(queries, start, stop, names[0])
        best = RunningTopK(stop - start, top_k)
        for first, last in _spans(len(documents), tile.documents, top_k):
            found = scorer.load(documents, first, last, names[1])
            if first < top_k:
                candidates = scorer.best(block, found, top_k)
            else:
                candidates = scorer.above(block, found, best.thresholds, top_k)
            best.add(candidates, first)
        ids_Qk[start:stop], scores_Qk[start:stop] = best.ids, best.scores
    return ids_Qk, scores_Qk


def _spans(documents: int, step: int, top_k: int) -> list[tuple[int, int]]:
    """First a small tile, which costs more but yields thresholds that spare the others most of the work.

    Each of the next is at most as large as all before it, so that thresholds keep up.
    """
    spans, stop = [], 0
    while stop < documents:
        start, stop = stop, min(documents, stop + min(step, max(stop, _FIRST_DOCUMENTS, 4 * top_k)))
        spans.append((start, stop))
    return spans
