"""One bit for each dimension in a graph of neighbours: USearch.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.index import usearch_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.stored_vectors import Rescore, stored_vectors
from likewise.index.threads import check_threads
from likewise.quantization.binary import pack_bits


@final
class UsearchBinaryIndex(EngineIndex):
    """Approximate search over signs by USearch: one bit for each dimension. Removes; does not filter.

    Signs, scores and `rescore` are those of `FaissBinaryIndex`.

    Args:
        dim: Length of a vector.
        metric: "cosine".
        rescore: What is stored to score candidates again: "float32", "float16" or "int8"; nothing if not given. After
            `load` it stays on disk.
        rescore_multiplier: So many times k candidates are scored again.
        M: Neighbours of a vector in the graph; twice as many in its lowest layer.
        ef_construction: Candidates that are kept while a vector is added: more make a better graph, more slowly.
        ef_search: Candidates that are kept during a search: more find more, more slowly.
        threads: Threads of USearch; one for each processor if not given. With 1 the same vectors give the same graph.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If USearch is not installed.

    Example:
        >>> index = UsearchBinaryIndex(4)
        >>> _ = index.add([[1.0, 1.0, 1.0, 1.0], [1.0, -2.0, 3.0, 4.0]])
        >>> index.search([1.0, -1.0, 1.0, 1.0]).scores
        array([[1. , 0.5]], dtype=float32)

    Reference:
        Shakir, Aarsen and Lee, "Binary and Scalar Embedding Quantization for Significantly Faster & Cheaper Retrieval",
        2024.
    """

    KIND = "usearch-b1"
    METRICS = ("cosine",)

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        rescore: Rescore | None = None,
        rescore_multiplier: int = 4,
        M: int = 16,
        ef_construction: int = 128,
        ef_search: int = 128,
        threads: int | None = None,
    ) -> None:
        graph = parts.graph_settings(M, ef_construction, ef_search)
        stored = {"rescore": rescore, "rescore_multiplier": rescore_multiplier}
        super().__init__(dim, metric, {**graph, **stored, "threads": check_threads(threads)})
        self._stored = stored_vectors(self._dim, rescore, rescore_multiplier)
        self._engine: Any = self._new_engine()

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        rows = np.arange(first, first + len(vectors))
        parts.insert(self._engine, pack_bits(vectors), rows, self._settings["threads"])
        if self._stored is not None:
            self._stored.append(vectors)

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        count = top_k if self._stored is None else self._stored.candidates(top_k)
        bits = pack_bits(queries)
        rows, distances = parts.nearest(self._engine, bits, min(count, len(self)), self._settings["threads"])
        if self._stored is not None:
            return self._stored.best(queries, rows, top_k)
        return rows, 1 - 2 * distances / np.float32(self._dim)

    def _erase(self, rows: Ids) -> None:
        self._engine.remove(rows.astype(np.uint64))

    def _write(self, folder: Path) -> None:
        self._engine.save(str(folder / parts.FILE))
        if self._stored is not None:
            self._stored.write(folder)

    def _read(self, folder: Path) -> None:
        self._engine = self._new_engine()
        parts.read(self._engine, folder)
        if self._stored is not None:
            self._stored.read(folder, self._table.rows)

    def _drop(self) -> None:
        self._engine = None
        if self._stored is not None:
            self._stored.clear()

    def _new_engine(self) -> Any:
        return parts.new_engine(-(-self._dim // 8) * 8, "hamming", "b1", self._settings)
