"""A graph of neighbours, walked towards the query: USearch, on float32.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.index import usearch_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads


@final
class UsearchIndex(EngineIndex):
    """Approximate search by USearch, in memory. Removes; does not filter.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean".
        M: Neighbours of a vector in the graph; twice as many in its lowest layer.
        ef_construction: Candidates that are kept while a vector is added: more make a better graph, more slowly.
        ef_search: Candidates that are kept during a search: more find more, more slowly.
        threads: Threads of USearch; one for each processor if not given. With 1 the same vectors give the same graph.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If USearch is not installed.

    Example:
        >>> index = UsearchIndex(2)
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])
        >>> index.search([0.0, 2.0], top_k=1).ids
        array([[1]])

    Reference:
        Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
        Small World graphs", 2016.
    """

    KIND = "usearch"

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        M: int = 16,
        ef_construction: int = 128,
        ef_search: int = 64,
        threads: int | None = None,
    ) -> None:
        settings = parts.graph_settings(M, ef_construction, ef_search)
        super().__init__(dim, metric, {**settings, "threads": check_threads(threads)})
        self._engine: Any = self._new_engine()

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        rows = np.arange(first, first + len(vectors))
        parts.insert(self._engine, vectors, rows, self._settings["threads"])

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        rows, distances = parts.nearest(self._engine, queries, top_k, self._settings["threads"])
        return rows, -np.sqrt(np.maximum(distances, 0)) if self._metric == "euclidean" else 1 - distances

    def _erase(self, rows: Ids) -> None:
        self._engine.remove(rows.astype(np.uint64))

    def _write(self, folder: Path) -> None:
        self._engine.save(str(folder / parts.FILE))

    def _read(self, folder: Path) -> None:
        self._engine = self._new_engine()
        parts.read(self._engine, folder)

    def _drop(self) -> None:
        self._engine = None

    def _new_engine(self) -> Any:
        metric = "l2sq" if self._metric == "euclidean" else "ip"
        return parts.new_engine(self._dim, metric, "f32", self._settings)
