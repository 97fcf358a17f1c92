"""Every vector compared, none missed: in memory, or in a folder that is larger than memory and grows durably.

Legend: N vectors added, Q queries, k vectors found for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError, InputError
from likewise.hub.atomic import recover
from likewise.index.folder import MANIFEST, fresh_index_folder
from likewise.index.found_rows import as_hits, no_hits
from likewise.index.growing_folder import (
    DTYPES,
    IDS,
    KIND,
    REMOVED,
    VECTORS,
    Counted,
    GrowingFolder,
    create_folder,
    read_counted,
)
from likewise.index.growing_rows import GrowingRows
from likewise.index.id_table import IdTable
from likewise.index.inputs import as_ids, as_vectors, check_dim, check_metric, new_ids, only_id, refuse_fields
from likewise.index.nearest_rows import nearest_rows
from likewise.index.protocol import Fields, Hits, Ids, Metric, Where
from likewise.search.arguments import at_least_one, one_of

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

_SAVED_AT_ONCE = 2**26  # bytes


@final
class ExactIndex:
    """Exact search; results are those of `likewise.util.semantic_search`, to the last bit.

    `ExactIndex(dim)` lives in memory until it is saved. `ExactIndex.open(path, dim)` lives in a folder: each `add` and
    `remove` is on disk when it returns, and a kill at any moment leaves exactly the calls that had returned, and
    perhaps the one that was running, whole. `load` reads a folder without changing it. Vectors in a folder stay there:
    a search reads them in portions of 256 MB, and memory holds one portion, and up to 40 bytes for each vector's id.

    Args:
        dim: Length of a vector.
        metric: "cosine" (0 for a vector of zeros), "dot" or "euclidean".
        dtype: "float32", or "float16": half the space, and values rounded to 11 bits, of at most 65,504. Scores are
            computed in float64 from what is stored.

    Raises:
        InputError: If there is no such metric or dtype, or dim is below 1.

    Example:
        >>> index = ExactIndex(2)
        >>> index.add([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        array([0, 1, 2])
        >>> index.search([3.0, 0.0], top_k=2).lists()[0][0]
        {'corpus_id': 0, 'score': 1.0}
    """

    def __init__(self, dim: int, metric: Metric = "cosine", *, dtype: str = "float32") -> None:
        self._dim = check_dim(dim)
        check_metric(metric)
        one_of(dtype, DTYPES, "dtype")
        self._metric: Metric = metric
        self._rows = GrowingRows(self._dim, dtype)
        self._table = IdTable()
        self._folder: GrowingFolder | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | Path,
        dim: int | None = None,
        metric: Metric | None = None,
        *,
        dtype: str | None = None,
        verify: bool = False,
    ) -> Self:
        """Open a folder for adding, removing and searching; make it if there is none.

        Args:
            path: The folder.
            dim: Length of a vector; may be left out if the folder is there.
            metric: How they are compared; if the folder is new, "cosine" where left out.
            dtype: What values are stored as; if the folder is new, "float32" where left out.
            verify: Compare the checksums of all that is there, some 1 GB a second; sizes are always compared.

        Returns:
            The index. Close it, or leave a `with contextlib.closing(...)` block, so that others may open it.

        Raises:
            CheckpointError: If a file is missing, cut short, changed, or of another version.
            InputError: If the folder is there and was made with another dim, metric or dtype.
            OutputError: If the folder cannot be written, or is open for adding elsewhere.

        Example:
            >>> import tempfile
            >>> folder = tempfile.mkdtemp()
            >>> index = ExactIndex.open(folder, dim=2)
            >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])
            >>> index.close()
            >>> len(ExactIndex.open(folder))
            2
        """
        folder = Path(path)
        recover(folder)
        if not (folder / MANIFEST).is_file():
            if dim is None:
                raise InputError(f"there is no index in {folder}", fix="ExactIndex.open(path, dim=...) makes one")
            fresh = cls(dim, metric or "cosine", dtype=dtype or "float32")
            create_folder(folder, Counted(fresh.dim, fresh.metric, fresh.dtype))
        growing = GrowingFolder(folder, verify=verify)
        counted = growing.counted
        for name, asked in (("dim", dim), ("metric", metric), ("dtype", dtype)):
            if asked is not None and asked != getattr(counted, name):
                growing.close()
                raise InputError(
                    f"{name}={asked!r}, but the index in {folder} has {name}={getattr(counted, name)!r}",
                    fix=f"leave {name} out, or choose another folder",
                )
        index = cls(counted.dim, counted.metric, dtype=counted.dtype)
        index._read(folder, counted)
        index._folder = growing
        return index

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._metric

    @property
    def dtype(self) -> str:
        """What values are stored as."""
        return self._rows.dtype.name

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._table)

    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors; in a folder, durably.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them in the index yet; the next free numbers if not given.
                Ids that ascend are searched fastest.
            fields: Not stored by this index.

        Returns:
            Their ids, (N,).

        Raises:
            InputError: If an id is there already or given twice, a vector holds NaN, infinity or a number beyond the
                dtype, or fields are given. Nothing was added.
            OutputError: If the folder cannot be written. Nothing was added.
            ShapeError: If the dimension is not the index's.
        """
        self._check_open()
        refuse_fields(fields, KIND)
        stored = self._as_stored(as_vectors(embeddings, "embeddings", self._dim))
        table = self._table
        chosen = new_ids(ids, len(stored), table.first_free, table.present)
        if not len(chosen):
            return chosen
        if self._folder is not None:
            self._folder.append(stored, chosen, max(table.first_free, int(chosen.max()) + 1))
            self._rows.read(self._folder.path / VECTORS, self._folder.counted.rows)
        else:
            self._rows.append(stored)
        table.append(chosen)
        return chosen

    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, at least 1.
            where: `{"id": ids}`: only these.

        Returns:
            Ids and scores, (Q, k) with k the smaller of `top_k` and the number of vectors; k is 0 in an empty index.

        Raises:
            InputError: If a query holds NaN or infinity, `top_k` is below 1, or `where` names a field.
            ShapeError: If the dimension is not the index's.
        """
        self._check_open()
        vectors = as_vectors(queries, "queries", self._dim)
        top_k = min(at_least_one(top_k, "top_k"), len(self))
        chosen = self._chosen(only_id(where, KIND))
        count = len(self) if chosen is None else len(chosen)
        if 0 in (top_k, count, len(vectors)):
            return no_hits(len(vectors), top_k)
        rows, scores = nearest_rows(vectors, self._rows, self._metric, min(top_k, count), chosen)
        return as_hits(self._table.ids, rows, scores, top_k)

    def remove(self, ids: Embeddings) -> int:
        """Remove vectors; in a folder, durably. Their space is free after `save`.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.

        Raises:
            InputError: If these are no ids.
            OutputError: If the folder cannot be written. Nothing was removed.
        """
        self._check_open()
        rows = self._table.rows_of(np.unique(as_ids(ids)))
        rows = rows[rows >= 0]
        if not len(rows):
            return 0
        if self._folder is not None:
            self._folder.remove(rows)
        self._table.drop(rows)
        return len(rows)

    def save(self, path: str | Path) -> None:
        """Write the index to a folder, without what was removed: whole, or the folder is as it was before.

        An index that is open on a folder may be saved to it, and goes on there.

        Args:
            path: The folder.

        Raises:
            OutputError: If it cannot be written.
        """
        self._check_open()
        target = Path(path)
        same = self._folder is not None and target.resolve() == self._folder.path.resolve()
        with fresh_index_folder(target) as fresh:
            create_folder(fresh, Counted(self._dim, self._metric, self.dtype, first_free=self._table.first_free))
            with closing(GrowingFolder(fresh)) as folder:
                self._copy_to(folder)
        if same and self._folder is not None:
            self._folder.close()
            self._folder = GrowingFolder(target)
            self._read(target, self._folder.counted)

    @classmethod
    def load(cls, path: str | Path, *, verify: bool = True) -> Self:
        """Read a folder that `save` or `open` wrote. Vectors stay on disk; what is added afterwards is in memory.

        Args:
            path: The folder.
            verify: Compare checksums, some 1 GB a second; sizes are always compared.

        Returns:
            The index.

        Raises:
            CheckpointError: If a file is missing, cut short, changed, or of another version.
        """
        folder = Path(path)
        counted = read_counted(folder, verify=verify)
        index = cls(counted.dim, counted.metric, dtype=counted.dtype)
        index._read(folder, counted)
        return index

    def close(self) -> None:
        """Let go of the folder. The index cannot be used any more."""
        if self._folder is not None:
            self._folder.close()
        self._rows.clear()
        self._closed = True

    def _read(self, folder: Path, counted: Counted) -> None:
        ids, removed = (
            np.fromfile(folder / name, np.dtype("<i8"), count).astype(np.int64, copy=False)
            for name, count in ((IDS, counted.rows), (REMOVED, counted.removed))
        )
        try:
            self._table = IdTable(ids, removed, counted.first_free)
        except IndexError as error:
            raise CheckpointError(f"{folder / REMOVED} is not what was written: {error}") from error
        self._rows.read(folder / VECTORS, counted.rows)

    def _copy_to(self, folder: GrowingFolder) -> None:
        rows, table = self._rows, self._table
        order = table.in_order()
        step = max(1, _SAVED_AT_ONCE // (self._dim * rows.dtype.itemsize))
        for start in range(0, len(table), step):
            part = slice(start, min(start + step, len(table)))
            which: Any = part if order is None else order[part]
            folder.append(rows[which], table.ids[which], table.first_free)
            rows.let_go()

    def _as_stored(self, vectors: NDArray[np.float32]) -> NDArray[Any]:
        with np.errstate(over="ignore"):
            stored = vectors.astype(self._rows.dtype, copy=False)
        wrong = np.flatnonzero(~np.isfinite(stored).all(1))
        if wrong.size:
            raise InputError(
                f"embeddings, row {wrong[0]}, holds a number beyond {self.dtype}",
                fix="use an index with dtype='float32'",
            )
        return stored

    def _chosen(self, allowed: Ids | None) -> Ids | None:
        if allowed is None:
            return self._table.in_order()
        rows = self._table.rows_of(allowed)
        return rows[rows >= 0]

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("the index is closed", fix="ExactIndex.open(path), or ExactIndex.load(path)")
