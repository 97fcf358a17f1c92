"""What indexes over an engine in memory have in common: ids, checks, order of hits, and the folder.

An engine sees rows, numbered from 0 in the order in which they were added, and answers with rows. What it can do is in
the abstract methods and the class variables; nothing else is overridden. Knows no engine.

Legend: N vectors added, Q queries, k vectors found for each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError, InputError
from likewise.index.folder import MANIFEST, read_index_folder, write_index_folder
from likewise.index.found_rows import as_hits, no_hits
from likewise.index.id_table import IdTable
from likewise.index.inputs import (
    METRICS,
    as_ids,
    as_vectors,
    check_dim,
    check_metric,
    new_ids,
    only_id,
    refuse_fields,
    unit_rows,
)
from likewise.index.protocol import Fields, Hits, Ids, Metric, Where
from likewise.search.arguments import at_least_one

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Vectors = NDArray[np.float32]
Found = tuple[Ids, NDArray[np.floating]]


class EngineIndex(ABC):
    """An index over an engine.

    Args:
        dim: Length of a vector.
        metric: How vectors are compared. For "cosine" the engine is given vectors of length 1, so that it may compare
            them by the dot product.
        settings: What the class takes besides, for `load`; values of JSON.

    Raises:
        InputError: If there is no such metric, or dim is below 1.
    """

    KIND: ClassVar[str]
    METRICS: ClassVar[tuple[Metric, ...]] = METRICS
    FILTERS: ClassVar[bool] = False
    """Whether `search` may be told which rows it may find."""

    def __init__(self, dim: int, metric: Metric, settings: Mapping[str, Any]) -> None:
        self._dim = check_dim(dim)
        check_metric(metric, self.METRICS)
        self._metric: Metric = metric
        self._settings = dict(settings)
        self._table = IdTable()
        self._closed = False

    @abstractmethod
    def _insert(self, vectors: Vectors) -> None:
        """Add rows: those after `self._table.rows`, which does not count them yet."""

    @abstractmethod
    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        """Rows and scores, (Q, any number), in any order, row -1 for none; of the rows that are there and allowed."""

    @abstractmethod
    def _erase(self, rows: Ids) -> None:
        """Remove rows, which `self._table` still counts."""

    @abstractmethod
    def _write(self, folder: Path) -> None:
        """Write the engine's files."""

    @abstractmethod
    def _read(self, folder: Path) -> None:
        """Read them; `self._table` is there already."""

    @abstractmethod
    def _drop(self) -> None:
        """Let go of memory and files."""

    @property
    @final
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    @final
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._metric

    @final
    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._table)

    @final
    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them in the index yet; the next free numbers if not given.
            fields: Not stored by this index.

        Returns:
            Their ids, (N,).

        Raises:
            InputError: If an id is there already or given twice, a vector holds NaN or infinity, or fields are given.
                Nothing was added.
            ShapeError: If the dimension is not the index's.
        """
        self._check_open()
        refuse_fields(fields, self.KIND)
        vectors = self._vectors(embeddings, "embeddings")
        chosen = new_ids(ids, len(vectors), self._table.first_free, self._table.present)
        if len(chosen):
            self._insert(vectors)
            self._table.append(chosen)
        return chosen

    @final
    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, at least 1.
            where: `{"id": ids}`: only these, where the engine can.

        Returns:
            Ids and scores, (Q, k) with k the smaller of `top_k` and the number of vectors; k is 0 in an empty index.

        Raises:
            InputError: If a query holds NaN or infinity, `top_k` is below 1, or this index cannot filter so.
            ShapeError: If the dimension is not the index's.
        """
        self._check_open()
        vectors = self._vectors(queries, "queries")
        top_k = min(at_least_one(top_k, "top_k"), len(self))
        allowed = self._allowed(where)
        count = len(self) if allowed is None else len(allowed)
        if 0 in (top_k, count, len(vectors)):
            return no_hits(len(vectors), top_k)
        rows, scores = self._nearest(vectors, min(top_k, count), allowed)
        return as_hits(self._table.ids, rows, scores, top_k)

    @final
    def remove(self, ids: Embeddings) -> int:
        """Remove vectors.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.

        Raises:
            InputError: If these are no ids.
        """
        self._check_open()
        rows = self._table.rows_of(np.unique(as_ids(ids)))
        rows = rows[rows >= 0]
        if len(rows):
            self._erase(rows)
            self._table.drop(rows)
        return len(rows)

    @final
    def save(self, path: str | Path) -> None:
        """Write the index to a folder: whole or, after an error or a kill, as the folder was before.

        Args:
            path: The folder.

        Raises:
            OutputError: If it cannot be written.
        """
        self._check_open()
        facts = {
            "dim": self._dim,
            "metric": self._metric,
            "settings": self._settings,
            "first_free": self._table.first_free,
        }

        def fill(folder: Path) -> None:
            self._table.write(folder)
            self._write(folder)

        write_index_folder(path, self.KIND, facts, fill)

    @classmethod
    @final
    def load(cls, path: str | Path, *, verify: bool = True) -> Self:
        """Read what `save` wrote. Engines read their own files: load only folders that you trust.

        Args:
            path: The folder.
            verify: Compare checksums, some 1 GB a second; sizes are always compared.

        Returns:
            The index.

        Raises:
            CheckpointError: If a file is missing, cut short, changed, or of another version or kind.
        """
        found = read_index_folder(path, verify=verify)
        if found.kind != cls.KIND:
            raise CheckpointError(
                f"{found.path} holds an index of kind {found.kind!r}", accepted=cls.KIND, fix="load_index(path)"
            )
        try:
            facts = dict(found.facts)
            index = cls(facts["dim"], facts["metric"], **facts["settings"])
            index._table = IdTable.read(found.path, int(facts["first_free"]))
        except CheckpointError:
            raise
        except (InputError, TypeError, KeyError, ValueError) as error:
            raise CheckpointError(f"{found.path / MANIFEST}: facts are missing or wrong: {error}") from error
        try:
            index._read(found.path)
        except CheckpointError:
            raise
        except (RuntimeError, OSError, ValueError) as error:
            raise CheckpointError(f"the engine cannot read its files in {found.path}: {error}") from error
        return index

    @final
    def close(self) -> None:
        """Let go of memory and files. The index cannot be used any more."""
        self._drop()
        self._closed = True

    def _vectors(self, embeddings: Embeddings, name: str) -> Vectors:
        vectors = as_vectors(embeddings, name, self._dim)
        return unit_rows(vectors) if self._metric == "cosine" else vectors

    def _allowed(self, where: Where | None) -> Ids | None:
        if where is not None and not self.FILTERS:
            raise InputError(
                f"where={dict(where)!r}; the engine of an index of kind {self.KIND!r} does not filter",
                accepted="where=None",
                fix='use a kind that filters by id, such as "exact", "faiss-flat" or "hnswlib"',
            )
        allowed = only_id(where, self.KIND)
        if allowed is None:
            return None
        rows = self._table.rows_of(allowed)
        return rows[rows >= 0]

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("the index is closed", fix="load_index(path)")
