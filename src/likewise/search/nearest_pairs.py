"""Pairs of one set of rows of which one is among the nearest of the other: a search of the rows among themselves.

Knows rows and score functions. Does not know texts or models.

Legend: N rows, B rows of a block, k neighbours of a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.search.best_pairs import BestPairs, Pairs
from likewise.search.comparing import comparing
from likewise.search.exact import RunningSearch, TileSize, choose_tile
from likewise.search.mutual_pairs import MutualSearch
from likewise.search.scorer import FunctionScorer, MeasureScorer, Scorer
from likewise.search.scorer_choice import choose_scorers
from likewise.search.top_k import Floats, Ids

_NAMES = ("embeddings", "embeddings")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PairLimits:
    """How much is looked for, and how much is held.

    Args:
        max_pairs: Most pairs to keep.
        top_k: Neighbours of each row that are looked at.
        query_chunk_size: Together with `corpus_chunk_size`: bounds the scores held at a time.
        corpus_chunk_size: See `query_chunk_size`.
    """

    max_pairs: int = 500_000
    top_k: int = 100
    query_chunk_size: int = 5000
    corpus_chunk_size: int = 100_000


def nearest_pairs(
    rows: Any,
    score_function: Callable[..., Any],
    limits: PairLimits,
    *,
    mine: range | None = None,
    show_progress_bar: bool = False,
) -> Pairs:
    """Find the best pairs.

    Args:
        rows: Embeddings, (N, dim).
        score_function: One of the library's, or any from two float32 tensors to scores.
        limits: How many to find.
        mine: The rows whose neighbours are looked for; None takes all. The pairs of all parts together, with the best
            of them kept, are those of the whole.
        show_progress_bar: Whether the progress of comparing is shown.

    Returns:
        The pairs, best first.

    Raises:
        InputError: If rows or scores are NaN or infinite.

    Example:
        >>> from likewise.ops.similarity import dot_score
        >>> found = nearest_pairs(np.array([[1.0], [2.0], [3.0]]), dot_score, PairLimits(top_k=1))
        >>> found.first.tolist(), found.second.tolist(), found.scores.tolist()
        ([1, 0], [2, 2], [6.0, 3.0])
    """
    wanted = range(len(rows)) if mine is None else mine
    (scorer,) = choose_scorers([score_function], [rows], (len(wanted), len(rows)))
    best = BestPairs(limits.max_pairs)
    top_k = min(limits.top_k, len(rows) - 1)
    if top_k < 1:
        return best.result()
    tile = choose_tile(
        len(rows),
        int(rows.shape[1]),
        query_chunk_size=limits.query_chunk_size,
        corpus_chunk_size=limits.corpus_chunk_size,
        reshape=not isinstance(scorer, FunctionScorer),
    )
    if mine is None and isinstance(scorer, MeasureScorer):
        block = math.isqrt(min(tile.queries * tile.documents, scorer.scores_at_once))
        search = MutualSearch(
            rows, scorer, top_k=top_k, max_pairs=limits.max_pairs, block=block, show=show_progress_bar
        )
        return search.best()
    with comparing(len(wanted) * len(rows), show=show_progress_bar) as advance:
        for start in range(wanted.start, wanted.stop, tile.queries):
            stop = min(start + tile.queries, wanted.stop)
            ids_Bk, scores_Bk = _neighbours(rows, range(start, stop), scorer, top_k, tile)
            best.add(np.repeat(np.arange(start, stop), top_k), ids_Bk.ravel(), scores_Bk.ravel())
            advance((stop - start) * len(rows))
    return best.result()


def merge_pairs(parts: list[Pairs], max_pairs: int) -> Pairs:
    """The best pairs of several parts.

    Args:
        parts: Pairs that were found for different rows of one set.
        max_pairs: Most pairs to keep.

    Returns:
        The pairs, each once, best first.
    """
    best = BestPairs(max_pairs)
    for part in parts:
        best.add(part.first, part.second, part.scores)
    return best.result()


def _neighbours(rows: Any, block: range, scorer: Scorer, top_k: int, tile: TileSize) -> tuple[Ids, Floats]:
    """The k nearest other rows of each row of a block."""
    running = RunningSearch(rows[block.start : block.stop], [scorer], top_k=top_k + 1, tile=tile, names=_NAMES)
    running.add(rows, first_id=0)
    ids, scores = running.results()[0]
    others = ids != np.arange(block.start, block.stop)[:, None]
    # Where so many rows are equal that a row is not among its own nearest, the last one found is left out instead.
    others[others.all(1), -1] = False
    return ids[others].reshape(-1, top_k), scores[others].reshape(-1, top_k)
