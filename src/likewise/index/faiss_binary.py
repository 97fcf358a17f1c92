"""One bit for each dimension, compared by the number of bits that differ, by FAISS.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.index import faiss_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.stored_vectors import Rescore, stored_vectors
from likewise.index.threads import check_threads
from likewise.quantization.binary import pack_bits

_FILE = "bits.faiss"


@final
class FaissBinaryIndex(EngineIndex):
    """Search over signs by FAISS (`IndexBinaryFlat`): one bit for each dimension. Filters by id; removes.

    A vector is stored as its signs, +1 where a value is above 0 and -1 elsewhere, and scores are cosines of the sign
    vectors: 1 less twice the share of signs that differ. With `rescore`, vectors are stored as well, and the best
    candidates are scored again by the cosine of query and stored vector.

    Args:
        dim: Length of a vector.
        metric: "cosine".
        rescore: What is stored to score candidates again: "float32", "float16" or "int8"; nothing if not given. After
            `load` it stays on disk.
        rescore_multiplier: So many times k candidates are scored again.
        threads: Threads of FAISS; its own default if not given.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If FAISS is not installed.

    Example:
        >>> index = FaissBinaryIndex(4)
        >>> _ = index.add([[1.0, 1.0, 1.0, 1.0], [1.0, -2.0, 3.0, 4.0]])
        >>> index.search([1.0, -1.0, 1.0, 1.0]).scores
        array([[1. , 0.5]], dtype=float32)

    Reference:
        Shakir, Aarsen and Lee, "Binary and Scalar Embedding Quantization for Significantly Faster & Cheaper Retrieval",
        2024.
    """

    KIND = "faiss-binary"
    METRICS = ("cosine",)
    FILTERS = True

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        rescore: Rescore | None = None,
        rescore_multiplier: int = 4,
        threads: int | None = None,
    ) -> None:
        settings = {"rescore": rescore, "rescore_multiplier": rescore_multiplier, "threads": check_threads(threads)}
        super().__init__(dim, metric, settings)
        self._stored = stored_vectors(self._dim, rescore, rescore_multiplier)
        faiss = parts.faiss()
        self._engine: Any = faiss.IndexBinaryIDMap2(faiss.IndexBinaryFlat(-(-self._dim // 8) * 8))

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        with parts.threads_of(self._settings["threads"]):
            self._engine.add_with_ids(pack_bits(vectors), np.arange(first, first + len(vectors)))
        if self._stored is not None:
            self._stored.append(vectors)

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        options = {}
        if allowed is not None:
            selector, _bits = parts.only(allowed, self._table.rows)
            options["params"] = parts.faiss().SearchParameters(sel=selector)
        count = top_k if self._stored is None else self._stored.candidates(top_k)
        with parts.threads_of(self._settings["threads"]):
            distances, rows = self._engine.search(pack_bits(queries), min(count, len(self)), **options)
        if self._stored is not None:
            return self._stored.best(queries, rows, top_k)
        return rows, 1 - 2 * distances / self._dim

    def _erase(self, rows: Ids) -> None:
        self._engine.remove_ids(rows)

    def _write(self, folder: Path) -> None:
        parts.faiss().write_index_binary(self._engine, str(folder / _FILE))
        if self._stored is not None:
            self._stored.write(folder)

    def _read(self, folder: Path) -> None:
        self._engine = parts.read_faiss(folder / _FILE, binary=True)
        if self._stored is not None:
            self._stored.read(folder, self._table.rows)

    def _drop(self) -> None:
        self._engine = None
        if self._stored is not None:
            self._stored.clear()
