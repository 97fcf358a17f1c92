"""Vectors in lists around centres, of which a query reads the nearest: FAISS's inverted file.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.index import faiss_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads
from likewise.search.arguments import at_least_one

_FILE = "vectors.faiss"
_FOR_EACH_LIST = 39  # fewer vectors for each centre make poor centres
_FIRST_LISTS_AT = 1000
_GROWTH = 4


@final
class FaissIvfIndex(EngineIndex):
    """Approximate search by FAISS (`IndexIVFFlat`), in memory. Filters by id (exactly, reading every list); removes.

    Lists are made when there are 39 vectors for each; until then every vector is compared. Where `nlist` is left out,
    there are `4 * sqrt(N)` lists, at most one for 39 vectors, from 1,000 vectors on, and they are made anew whenever
    there are four times as many vectors as when they were made last; that takes memory for all vectors once more.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean".
        nlist: Number of lists.
        nprobe: Lists that a query reads; the square root of their number, at least 8, if not given.
        seed: Of the choice of first centres. The same vectors in the same order give the same lists.
        threads: Threads of FAISS; its own default if not given.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If FAISS is not installed.

    Example:
        >>> index = FaissIvfIndex(2, nlist=2, nprobe=1)
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])
        >>> index.search([0.0, 2.0], top_k=1).ids
        array([[1]])

    Reference:
        Sivic and Zisserman, "Video Google: A Text Retrieval Approach to Object Matching in Videos", 2003.
    """

    KIND = "faiss-ivf"
    FILTERS = True

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        nlist: int | None = None,
        nprobe: int | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        settings = {
            "nlist": None if nlist is None else at_least_one(nlist, "nlist"),
            "nprobe": None if nprobe is None else at_least_one(nprobe, "nprobe"),
            "seed": int(seed),
            "threads": check_threads(threads),
        }
        super().__init__(dim, metric, settings)
        faiss = parts.faiss()
        self._engine: Any = faiss.IndexIDMap2(faiss.IndexFlat(self._dim, parts.measure(metric)))
        self._lists = 0

    @property
    def lists(self) -> int:
        """How many lists there are; 0 while every vector is compared."""
        return self._lists

    def _insert(self, vectors: Vectors) -> None:
        rows = np.arange(self._table.rows, self._table.rows + len(vectors))
        lists = self._lists_due(len(self._table) + len(vectors))
        with parts.threads_of(self._settings["threads"]):
            if not lists:
                self._engine.add_with_ids(vectors, rows)
                return
            old_rows, old_vectors = self._all()
            engine = self._trained(np.concatenate([old_vectors, vectors]), lists)
            engine.add_with_ids(old_vectors, old_rows)
            engine.add_with_ids(vectors, rows)
        self._engine, self._lists = engine, lists

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        with parts.threads_of(self._settings["threads"]):
            nprobe = self._lists if allowed is not None else self._nprobe()
            distances, rows = self._search(queries, top_k, nprobe, allowed)
            few = np.flatnonzero((rows < 0).any(1))
            if len(few) and nprobe < self._lists:
                distances[few], rows[few] = self._search(queries[few], top_k, self._lists, allowed)
        return rows, parts.scores_of(distances, self._metric)

    def _erase(self, rows: Ids) -> None:
        self._engine.remove_ids(rows)

    def _write(self, folder: Path) -> None:
        parts.faiss().write_index(self._engine, str(folder / _FILE))

    def _read(self, folder: Path) -> None:
        self._engine = parts.read_faiss(folder / _FILE)
        self._lists = getattr(self._engine, "nlist", 0)

    def _drop(self) -> None:
        self._engine = None

    def _lists_due(self, count: int) -> int:
        """How many lists are to be made for so many vectors; 0 if none are, or those that are there will do."""
        nlist = self._settings["nlist"]
        if nlist is not None:
            return nlist if not self._lists and count >= _FOR_EACH_LIST * nlist else 0
        lists = min(round(4 * math.sqrt(count)), count // _FOR_EACH_LIST)
        before = self._made_for(self._lists)
        return lists if count >= max(_FIRST_LISTS_AT, _GROWTH * before) else 0

    @staticmethod
    def _made_for(lists: int) -> int:
        """For how many vectors so many lists are made."""
        return max(_FOR_EACH_LIST * lists, (lists // 4) ** 2)

    def _nprobe(self) -> int:
        nprobe = self._settings["nprobe"] or max(8, round(math.sqrt(self._lists)))
        return min(int(nprobe), max(1, self._lists))

    def _search(self, queries: Vectors, top_k: int, nprobe: int, allowed: Ids | None) -> tuple[Any, Any]:
        faiss = parts.faiss()
        selector, _bits = (None, None) if allowed is None else parts.only(allowed, self._table.rows)
        if self._lists:
            params = faiss.SearchParametersIVF(nprobe=nprobe, sel=selector)
        else:
            params = faiss.SearchParameters(sel=selector)
        return self._engine.search(queries, top_k, params=params)  # type: ignore[no-any-return]

    def _trained(self, vectors: Vectors, lists: int) -> Any:
        faiss = parts.faiss()
        measure = parts.measure(self._metric)
        centres = faiss.IndexFlat(self._dim, measure)
        engine = faiss.IndexIVFFlat(centres, self._dim, lists, measure)
        centres.this.disown()
        engine.own_fields = True
        engine.cp.seed = self._settings["seed"]
        engine.train(vectors)
        return engine

    def _all(self) -> tuple[Ids, Vectors]:
        """The rows that are there, ascending, and their vectors."""
        faiss, engine = parts.faiss(), self._engine
        if not self._lists:
            count = engine.ntotal
            vectors = engine.index.reconstruct_n(0, count) if count else np.empty((0, self._dim), np.float32)
            return faiss.vector_to_array(engine.id_map), vectors
        lists = engine.invlists
        rows, codes = [], []
        for number in range(self._lists):
            size = lists.list_size(number)
            if size:
                rows.append(faiss.rev_swig_ptr(lists.get_ids(number), size).copy())
                codes.append(faiss.rev_swig_ptr(lists.get_codes(number), size * lists.code_size).copy())
        if not rows:
            return np.empty(0, np.int64), np.empty((0, self._dim), np.float32)
        found = np.concatenate(rows)
        order = np.argsort(found)
        return found[order], np.concatenate(codes).view(np.float32).reshape(-1, self._dim)[order]
