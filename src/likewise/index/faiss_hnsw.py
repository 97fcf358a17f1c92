"""A graph of neighbours, walked towards the query: FAISS's HNSW.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.index import faiss_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads
from likewise.search.arguments import at_least_one

_FILE = "graph.faiss"


@final
class FaissHnswIndex(EngineIndex):
    """Approximate search by FAISS (`IndexHNSWFlat`), in memory. Filters by id, exactly, by comparing what is allowed.

    What is removed is no longer found, but stays in the graph and in memory: build anew when half is gone.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean".
        M: Neighbours of a vector in the graph; twice as many in its lowest layer.
        ef_construction: Candidates that are kept while a vector is added: more make a better graph, more slowly.
        ef_search: Candidates that are kept during a search, at least k: more find more, more slowly.
        threads: Threads of FAISS; its own default if not given. With 1 the same vectors give the same graph.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If FAISS is not installed.

    Example:
        >>> index = FaissHnswIndex(2)
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])
        >>> index.search([0.0, 2.0], top_k=1).ids
        array([[1]])

    Reference:
        Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
        Small World graphs", 2016.
    """

    KIND = "faiss-hnsw"
    FILTERS = True

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        M: int = 32,
        ef_construction: int = 128,
        ef_search: int = 64,
        threads: int | None = None,
    ) -> None:
        settings = {
            "M": at_least_one(M, "M"),
            "ef_construction": at_least_one(ef_construction, "ef_construction"),
            "ef_search": at_least_one(ef_search, "ef_search"),
            "threads": check_threads(threads),
        }
        super().__init__(dim, metric, settings)
        self._engine: Any = parts.faiss().IndexHNSWFlat(self._dim, settings["M"], parts.measure(metric))
        self._engine.hnsw.efConstruction = settings["ef_construction"]

    def _insert(self, vectors: Vectors) -> None:
        with parts.threads_of(self._settings["threads"]):
            self._engine.add(vectors)

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        faiss, table = parts.faiss(), self._table
        kept = None if len(table) == table.rows else np.flatnonzero(table.there)
        with parts.threads_of(self._settings["threads"]):
            if allowed is not None:
                distances, rows = self._compare_all(queries, top_k, allowed)
            else:
                selector, _bits = (None, None) if kept is None else parts.only(kept, table.rows)
                ef = max(self._settings["ef_search"], top_k)
                params = faiss.SearchParametersHNSW(efSearch=ef, sel=selector)
                distances, rows = self._engine.search(queries, top_k, params=params)
                few = np.flatnonzero((rows < 0).any(1))
                if len(few):
                    distances[few], rows[few] = self._compare_all(queries[few], top_k, kept)
        return rows, parts.scores_of(distances, self._metric)

    def _erase(self, rows: Ids) -> None:
        """The table knows."""

    def _write(self, folder: Path) -> None:
        parts.faiss().write_index(self._engine, str(folder / _FILE))

    def _read(self, folder: Path) -> None:
        self._engine = parts.read_faiss(folder / _FILE)

    def _drop(self) -> None:
        self._engine = None

    def _compare_all(self, queries: Vectors, top_k: int, allowed: Ids | None) -> tuple[Any, Any]:
        faiss = parts.faiss()
        selector, _bits = (None, None) if allowed is None else parts.only(allowed, self._table.rows)
        storage = faiss.downcast_index(self._engine.storage)
        return storage.search(queries, top_k, params=faiss.SearchParameters(sel=selector))  # type: ignore[no-any-return]
