"""A graph of neighbours, walked towards the query: hnswlib.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise._optional import require
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.growing_rows import GrowingRows
from likewise.index.nearest_rows import nearest_rows
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads
from likewise.search.arguments import at_least_one

_FILE = "graph.bin"
_FIRST_ROOM = 1024
_FEW_ALLOWED = 20_000  # up to here, comparing all of them is faster than asking Python about each


@final
class HnswlibIndex(EngineIndex):
    """Approximate search by hnswlib, in memory. Filters by id.

    What is removed is no longer found, but stays in the graph and in memory: build anew when half is gone.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean".
        M: Neighbours of a vector in the graph; twice as many in its lowest layer.
        ef_construction: Candidates that are kept while a vector is added: more make a better graph, more slowly.
        ef_search: Candidates that are kept during a search, at least k: more find more, more slowly.
        seed: Of the choice of layers.
        threads: Threads of hnswlib; one for each processor if not given. With 1 the same vectors give the same graph.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If hnswlib is not installed.

    Example:
        >>> index = HnswlibIndex(2)  # doctest: +SKIP
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])  # doctest: +SKIP
        >>> index.search([0.0, 2.0], top_k=1).ids  # doctest: +SKIP
        array([[1]])

    Reference:
        Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
        Small World graphs", 2016.
    """

    KIND = "hnswlib"
    FILTERS = True

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        M: int = 16,
        ef_construction: int = 200,
        ef_search: int = 64,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        settings = {
            "M": at_least_one(M, "M"),
            "ef_construction": at_least_one(ef_construction, "ef_construction"),
            "ef_search": at_least_one(ef_search, "ef_search"),
            "seed": int(seed),
            "threads": check_threads(threads),
        }
        super().__init__(dim, metric, settings)
        self._engine: Any = self._new_engine()
        self._room = _FIRST_ROOM
        self._engine.init_index(
            max_elements=self._room,
            M=settings["M"],
            ef_construction=settings["ef_construction"],
            random_seed=settings["seed"],
        )

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        needed = first + len(vectors)
        if needed > self._room:
            self._room = max(needed, 2 * self._room)
            self._engine.resize_index(self._room)
        self._engine.add_items(vectors, np.arange(first, needed), num_threads=self._threads())

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        filtered: dict[str, Any] = {"num_threads": self._threads()}
        rows = np.flatnonzero(self._table.there) if allowed is None else allowed
        if allowed is not None:
            if len(allowed) <= _FEW_ALLOWED:
                return self._compare(queries, top_k, allowed)
            may = np.zeros(self._table.rows, np.bool_)
            may[allowed] = True
            filtered = {"num_threads": 1, "filter": lambda row: bool(may[row])}
        for ef in (max(self._settings["ef_search"], top_k), self._table.rows):
            self._engine.set_ef(ef)
            try:
                labels, distances = self._engine.knn_query(queries, k=top_k, **filtered)
            except RuntimeError:  # it found fewer than k
                continue
            scores = -np.sqrt(np.maximum(distances, 0)) if self._metric == "euclidean" else 1 - distances
            return labels.astype(np.int64), scores
        return self._compare(queries, top_k, rows)

    def _erase(self, rows: Ids) -> None:
        for row in rows.tolist():
            self._engine.mark_deleted(row)

    def _write(self, folder: Path) -> None:
        self._engine.save_index(str(folder / _FILE))

    def _read(self, folder: Path) -> None:
        self._engine = self._new_engine()
        self._room = max(_FIRST_ROOM, self._table.rows)
        self._engine.load_index(str(folder / _FILE), max_elements=self._room)

    def _drop(self) -> None:
        self._engine = None

    def _new_engine(self) -> Any:
        space = "l2" if self._metric == "euclidean" else "ip"
        return require("hnswlib", extra="ann").Index(space=space, dim=self._dim)

    def _threads(self) -> int:
        return self._settings["threads"] or -1

    def _compare(self, queries: Vectors, top_k: int, rows: Ids) -> Found:
        """Compare with all of some rows."""
        vectors = GrowingRows(self._dim, np.float32)
        vectors.append(np.asarray(self._engine.get_items(rows)))
        found, scores = nearest_rows(queries, vectors, self._metric, top_k)
        return rows[found], scores
