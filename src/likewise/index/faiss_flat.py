"""Every vector compared, by FAISS: exact but for float32 rounding.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import final

import numpy as np

from likewise.index import faiss_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads

_FILE = "vectors.faiss"


@final
class FaissFlatIndex(EngineIndex):
    """Exact search by FAISS (`IndexFlat`), in memory. Filters by id; removes at the cost of moving what is behind.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean". Distances of nearly equal vectors, compared with many queries at a time,
            have few correct digits; `ExactIndex` has all.
        threads: Threads of FAISS; its own default if not given.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If FAISS is not installed.

    Example:
        >>> index = FaissFlatIndex(2)
        >>> index.add([[1.0, 0.0], [0.0, 1.0]])
        array([0, 1])
        >>> index.search([0.0, 2.0], top_k=1).ids
        array([[1]])
    """

    KIND = "faiss-flat"
    FILTERS = True

    def __init__(self, dim: int, metric: Metric = "cosine", *, threads: int | None = None) -> None:
        super().__init__(dim, metric, {"threads": check_threads(threads)})
        faiss = parts.faiss()
        self._engine = faiss.IndexIDMap2(faiss.IndexFlat(self._dim, parts.measure(metric)))

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        with parts.threads_of(self._settings["threads"]):
            self._engine.add_with_ids(vectors, np.arange(first, first + len(vectors)))

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        options = {}
        if allowed is not None:
            selector, _bits = parts.only(allowed, self._table.rows)
            options["params"] = parts.faiss().SearchParameters(sel=selector)
        with parts.threads_of(self._settings["threads"]):
            distances, rows = self._engine.search(queries, top_k, **options)
        return rows, parts.scores_of(distances, self._metric)

    def _erase(self, rows: Ids) -> None:
        self._engine.remove_ids(rows)

    def _write(self, folder: Path) -> None:
        parts.faiss().write_index(self._engine, str(folder / _FILE))

    def _read(self, folder: Path) -> None:
        self._engine = parts.read_faiss(folder / _FILE)

    def _drop(self) -> None:
        self._engine = None
