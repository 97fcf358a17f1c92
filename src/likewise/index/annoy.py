"""A forest of trees that halve space: Annoy.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np

from likewise._optional import require
from likewise.errors import CheckpointError
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.growing_rows import GrowingRows
from likewise.index.nearest_rows import scores_of_rows
from likewise.index.protocol import NOTHING, Ids, Metric
from likewise.index.threads import check_threads
from likewise.search.arguments import at_least_one

_TREES, _ITEMS, _VECTORS = "trees.ann", "items.npy", "vectors.bin"
_METRICS = {"cosine": "angular", "dot": "dot", "euclidean": "euclidean"}


@final
class AnnoyIndex(EngineIndex):
    """Approximate search by Annoy. Does not filter.

    Annoy builds its trees once. So vectors are kept, and the first `search` or `save` after an `add` or `remove` builds
    all trees anew: add everything, then search. After `load`, trees and vectors stay on disk. Candidates of the trees
    are scored with the kept vectors.

    Args:
        dim: Length of a vector.
        metric: "cosine", "dot" or "euclidean".
        trees: Trees: more find more, and take more space.
        search_k: Nodes that a search visits; `20 * trees * sqrt(k)` if not given.
        seed: Of the choice of planes.
        threads: Threads for building; one for each processor if not given. With 1 the same vectors give the same trees.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If annoy is not installed.

    Example:
        >>> index = AnnoyIndex(2)  # doctest: +SKIP
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])  # doctest: +SKIP
        >>> index.search([0.0, 2.0], top_k=1).ids  # doctest: +SKIP
        array([[1]])

    Reference:
        Bernhardsson, "Annoy: Approximate Nearest Neighbors Oh Yeah", 2013.
    """

    KIND = "annoy"

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        trees: int = 50,
        search_k: int | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        settings = {
            "trees": at_least_one(trees, "trees"),
            "search_k": None if search_k is None else at_least_one(search_k, "search_k"),
            "seed": int(seed),
            "threads": check_threads(threads),
        }
        super().__init__(dim, metric, settings)
        self._vectors_of_rows = GrowingRows(self._dim, np.float32)
        self._engine: Any = self._new_engine()
        self._items: Ids | None = np.empty(0, np.int64)

    def _insert(self, vectors: Vectors) -> None:
        self._vectors_of_rows.append(vectors)
        self._items = None

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        items = self._built()
        search_k = self._settings["search_k"] or round(20 * self._settings["trees"] * top_k**0.5)
        rows = np.full((len(queries), top_k), NOTHING, np.int64)
        for found, query in zip(rows, queries, strict=True):
            numbers = self._engine.get_nns_by_vector(query, top_k, search_k)
            found[: len(numbers)] = items[numbers]
        return rows, scores_of_rows(queries, self._vectors_of_rows, self._metric, rows)

    def _erase(self, rows: Ids) -> None:
        self._items = None

    def _write(self, folder: Path) -> None:
        items = self._built()
        np.save(folder / _ITEMS, items)
        if len(items):
            self._engine.save(str(folder / _TREES))
        self._vectors_of_rows.write(folder / _VECTORS)

    def _read(self, folder: Path) -> None:
        self._vectors_of_rows.read(folder / _VECTORS, self._table.rows)
        self._items = np.load(folder / _ITEMS, allow_pickle=False)
        if len(self._items) != len(self._table):
            raise CheckpointError(f"{folder / _ITEMS} names {len(self._items)} rows, {len(self._table)} are there")
        self._engine = self._new_engine()
        if len(self._items):
            self._engine.load(str(folder / _TREES))

    def _drop(self) -> None:
        self._vectors_of_rows.clear()
        self._engine = self._new_engine()

    def _new_engine(self) -> Any:
        engine = require("annoy", extra="ann").AnnoyIndex(self._dim, _METRICS[self._metric])
        engine.set_seed(self._settings["seed"])
        return engine

    def _built(self) -> Ids:
        """The row of each item of the trees, which are built if they are not."""
        if self._items is None:
            engine = self._new_engine()
            items = np.flatnonzero(self._table.there)
            for number, row in enumerate(items):
                engine.add_item(number, self._vectors_of_rows[row : row + 1][0])
            engine.build(self._settings["trees"], n_jobs=self._settings["threads"] or -1)
            self._engine, self._items = engine, items
        return self._items
