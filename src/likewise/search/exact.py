"""The tile loop of exact search: every query meets every document, a tile of scores at a time.

Memory: one tile of scores, float32 copies of the rows of one tile, a shortlist, and the results; independent of the
number of documents, which may also come in portions. Does not know similarity functions or libraries of matrices.

Legend: Q queries, k documents kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np

from likewise.search.comparing import Advance, ignore
from likewise.search.measure import Block
from likewise.search.scorer import FunctionScorer, MeasureScorer, Scorer
from likewise.search.shortlist import Portion, Shortlist
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
    queries: Any,
    documents: Any,
    scorer: Scorer,
    *,
    top_k: int,
    tile: TileSize,
    names: tuple[str, str],
    advance: Advance = ignore,
) -> tuple[Ids, Floats]:
    """Find the best documents of each query.

    Args:
        queries: Rows, (Q, dim), of whatever `scorer` loads.
        documents: Rows, (documents, dim), at least one.
        scorer: Loads rows and scores tiles.
        top_k: How many documents to find for each query, from 1 to their number.
        tile: How many rows meet at a time.
        names: The names of the two arguments, for messages.
        advance: Told how many more pairs of rows have been compared.

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
    running = RunningSearch(queries, [scorer], top_k=top_k, tile=tile, names=names, advance=advance)
    running.add(documents, first_id=0)
    return running.results()[0]


@final
class RunningSearch:
    """The best documents so far of each query, for one or several scorers; documents come in portions.

    Args:
        queries: Rows, (Q, dim), of whatever the scorers load.
        scorers: How tiles are scored, all on the same backend: rows are loaded once for all of them.
        top_k: How many documents to keep for each query, at least 1.
        tile: How many rows meet at a time.
        names: The names of queries and documents, for messages.
        advance: Told how many more pairs of rows have been compared.

    Example:
        >>> from likewise.search.measure import Dot, Euclidean
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> from likewise.search.scorer import MeasureScorer
        >>> scorers = [MeasureScorer(measure, NumpyBackend()) for measure in (Dot(), Euclidean())]
        >>> tile = TileSize(queries=2, documents=2)
        >>> running = RunningSearch(np.eye(2), scorers, top_k=1, tile=tile, names=("queries", "corpus"))
        >>> running.add(np.float32([[1, 1], [9, 9]]), first_id=0)
        >>> running.add(np.float32([[1, 0]]), first_id=2)
        >>> [ids.tolist() for ids, scores in running.results()]
        [[[1], [1]], [[2], [0]]]
    """

    def __init__(
        self,
        queries: Any,
        scorers: Sequence[Scorer],
        *,
        top_k: int,
        tile: TileSize,
        names: tuple[str, str],
        advance: Advance = ignore,
    ) -> None:
        self._advance = advance
        self._queries, self._scorers, self._tile, self._names = queries, list(scorers), tile, names
        self._top_k = top_k
        self._seen = 0
        total = len(queries)
        self._starts = range(0, total, tile.queries)
        self._best = [
            [RunningTopK(min(tile.queries, total - start), top_k) for _ in self._scorers] for start in self._starts
        ]

    def add(self, documents: Any, first_id: int) -> None:
        """Compare all queries with some more documents.

        Args:
            documents: Rows, (documents, dim).
            first_id: Id of the first of them, larger than all before; the others count on from it.

        Raises:
            InputError: If rows or scores are NaN or infinite.
        """
        loader, portion = self._scorers[0], Portion(documents, first_id, self._names[1])
        for start, best in zip(self._starts, self._best, strict=True):
            stop = min(start + self._tile.queries, len(self._queries))
            block = loader.load(self._queries, start, stop, self._names[0])
            lists = [_listing(scorer, block, portion, kept) for scorer, kept in zip(self._scorers, best, strict=True)]
            most = min(self._tile.documents, max(1, loader.scores_at_once // (stop - start)))
            for first, last in _spans(len(documents), most, self._top_k, self._seen):
                found = loader.load(documents, first, last, self._names[1])
                for each in lists:
                    each.add(found, first)
                self._advance((stop - start) * (last - first))
            for each in lists:
                each.finish()
        self._seen += len(documents)

    def results(self) -> list[tuple[Ids, Floats]]:
        """What was found.

        Returns:
            For each scorer ids and scores, (Q, k), best first, equal scores by the lower id. Where there were fewer
            than k documents, the last places have id -1 and a score of minus infinity.
        """
        empty: tuple[Ids, Floats] = (np.empty((0, self._top_k), np.int64), np.empty((0, self._top_k), np.float32))
        return [
            (
                np.concatenate([empty[0], *(best[number].ids for best in self._best)]),
                np.concatenate([empty[1], *(best[number].scores for best in self._best)]),
            )
            for number in range(len(self._scorers))
        ]


class _List(Protocol):
    """Compares queries with the documents of a portion, tile by tile."""

    def add(self, documents: Block, start: int) -> None:
        """Compare with a tile that starts at a row of the portion."""

    def finish(self) -> None:
        """Keep the best."""


@final
class _Direct:
    """Keeps what a scorer finds in each tile."""

    def __init__(self, scorer: FunctionScorer, queries: Block, portion: Portion, kept: RunningTopK) -> None:
        self._scorer, self._queries, self._first_id, self._kept = scorer, queries, portion.first_id, kept

    def add(self, documents: Block, start: int) -> None:
        """Compare with a tile that starts at a row of the portion."""
        kept = self._kept
        found = self._scorer.above(self._queries, documents, kept.thresholds, kept.top_k)
        kept.add(found, self._first_id + start)

    def finish(self) -> None:
        """Everything is kept."""


def _listing(scorer: Scorer, queries: Block, portion: Portion, kept: RunningTopK) -> _List:
    if isinstance(scorer, MeasureScorer):
        return Shortlist(scorer, queries, portion, kept)
    assert isinstance(scorer, FunctionScorer)  # there are no others
    return _Direct(scorer, queries, portion, kept)


def _spans(documents: int, step: int, top_k: int, seen: int = 0) -> list[tuple[int, int]]:
    """First a small tile, which costs more but yields thresholds that spare the others most of the work.

    Each of the next is at most as large as all before it, so that thresholds keep up.
    """
    spans, stop = [], 0
    while stop < documents:
        start, stop = stop, min(documents, stop + min(step, max(seen + stop, _FIRST_DOCUMENTS, 4 * top_k)))
        spans.append((start, stop))
    return spans
