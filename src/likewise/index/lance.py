"""Vectors in a LanceDB table: a folder on disk, without a server. Knows no columns (`lance_rows`)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.errors import CheckpointError, InputError
from likewise.index.fields import Filter, as_fields, as_filter, named, unknown_field
from likewise.index.folder import MANIFEST, read_index_folder, write_index_folder
from likewise.index.found import as_hits, check_kind, check_top_k
from likewise.index.inputs import as_ids, as_vectors, check_metric, new_ids, unit_rows
from likewise.index.lance_rows import EXTRA, condition, row_reader, schema, with_ids, with_labels
from likewise.index.protocol import NOTHING, Fields, Hits, Ids, Metric, Where

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Method: TypeAlias = Literal["exact", "ivf_flat", "ivf_pq"]

KIND = "lancedb"
_LAST = "likewise:last"
_METHODS = ("exact", "ivf_flat", "ivf_pq")
_PREFIX = "vectors-"
"""With which names of tables begin. A folder that is written anew has a new name, lest files of two tables mix."""
_HINT = "latest_version_hint.json"
"""Where LanceDB looks first for the last version. It is the one file that changes; without it, it looks at all."""
_QUERIES_AT_ONCE = 256
_IDS_AT_ONCE = 10_000
_MORE = 4
_CORES_FOR_TWO_THREADS = 4
_LEAST_ROWS = 256


@final
class LanceIndex:
    """Vectors in a folder, kept by LanceDB: nothing to set up, larger than memory, and lasting.

    With `path`, the folder is the index: what is added is on disk when `add` returns, `likewise.index.load_index(path)`
    reads it at any time, and an add is in it whole or, after a kill, not at all. Without, the index lives in a
    temporary folder until `close`, and `save` keeps it. One process at a time should write. For "cosine", vectors are
    stored at length 1. Nothing is sent anywhere.

    Args:
        dim: Length of the vectors.
        metric: "cosine", "dot" or "euclidean".
        path: The folder; made if it is not there, opened if it holds such an index with the same `dim` and `metric`.
        index: "exact", or the approximate "ivf_flat" or "ivf_pq" from the time of `build_index`; vectors
            that came later are compared exactly.
        probes: Clusters that are searched in an approximate index.
        refine: Candidates for each hit that are compared again exactly, where the index stores vectors shortened.

    Raises:
        InputError: If the folder is something else, or an argument is not accepted.
        MissingDependencyError: If LanceDB is not installed.
    """

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        path: str | Path | None = None,
        index: Method = "exact",
        probes: int = 20,
        refine: int = 10,
    ) -> None:
        check_metric(metric)
        if dim < 1 or index not in _METHODS or probes < 1 or refine < 1:
            raise InputError(
                f"dim={dim}, index={index!r}, probes={probes}, refine={refine}",
                accepted=f"numbers of at least 1; index one of {', '.join(map(repr, _METHODS))}",
            )
        self._dim, self._metric, self._method, self._probes, self._refine = dim, metric, index, probes, refine
        self._lancedb = _import_lancedb()
        self._temporary = None if path is not None else tempfile.TemporaryDirectory(prefix="likewise-index-")
        self._folder = Path(path) if path is not None else Path(self._temporary.name) / "index"  # type: ignore[union-attr]
        self._last: int | None = None
        self._name = _new_name()
        if (self._folder / MANIFEST).is_file():
            self._name = self._name_in_folder()
        elif self._folder.exists() and any(self._folder.iterdir()):
            raise InputError(f"{self._folder} holds something else", accepted="a new folder", fix="another path=")
        else:
            write_index_folder(self._folder, KIND, self._facts(self._name), self._create)
        self._table = self._open()

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._metric

    def __len__(self) -> int:
        return int(self._table.count_rows())

    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors: all or, after an error or a kill, none.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them there yet; the next free numbers if not given.
            fields: One mapping for each from names to values, for `where`.

        Returns:
            Their ids, (N,).

        Raises:
            InputError: If an id is there already or given twice, or a vector or field cannot be stored.
        """
        vectors = self._stored(embeddings, "embeddings")
        rows = as_fields(fields, len(vectors))
        chosen = new_ids(ids, len(vectors), self._last_id() + 1, self._present)
        if len(vectors):
            self._table.add(row_reader(chosen, vectors, rows))
            self._last = max(self._last_id(), int(chosen.max()))
        return chosen

    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query. Scores are computed from the stored vectors.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, at least 1.
            where: Only vectors whose fields have these values, or one of them; "id" is the id.

        Returns:
            Ids and scores, (Q, k), k the smaller of `top_k` and the number of vectors.

        Raises:
            InputError: If a query holds NaN, `top_k` is below 1, or no vector has a field that `where` names.
        """
        check_top_k(top_k)
        vectors, filters = self._stored(queries, "queries"), as_filter(where)
        width = min(int(top_k), len(self))
        text = condition(filters)
        found: list[list[tuple[int, float]]] = []
        for start in range(0, len(vectors) if width else 0, _QUERIES_AT_ONCE):
            found += self._nearest(vectors[start : start + _QUERIES_AT_ONCE], width, text)
        if found and not any(found):
            self._check_names(filters)
        return as_hits(found or [[] for _ in vectors], width)

    def remove(self, ids: Embeddings) -> int:
        """Remove vectors. Their room on disk is free after `optimize`.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.
        """
        wanted = np.unique(as_ids(ids))
        last = self._last_id()
        if last in wanted:
            # The number is not given again, so the table keeps it in mind.
            self._table.update_field_metadata({"path": "id", "metadata": {_LAST: str(last)}})
        parts = range(0, len(wanted), _IDS_AT_ONCE)
        return sum(
            int(self._table.delete(with_ids(wanted[start : start + _IDS_AT_ONCE])).num_deleted_rows) for start in parts
        )

    def build_index(self) -> None:
        """Build the approximate index over all vectors anew. Does nothing for "exact".

        Raises:
            InputError: If there are fewer than 256 vectors, too few to learn clusters from.
        """
        if self._method == "exact":
            return
        if len(self) < _LEAST_ROWS:
            raise InputError(
                f"{len(self)} vectors", accepted=f"at least {_LEAST_ROWS} for an approximate index", fix="index='exact'"
            )
        kinds = require("lancedb.index", extra=EXTRA)
        make = kinds.IvfFlat if self._method == "ivf_flat" else kinds.IvfPq
        self._table.create_index("vector", config=make(distance_type=self._distance), replace=True)

    def optimize(self) -> None:
        """Join small files, as after many small adds, take new vectors into the approximate index, free room."""
        self._table.optimize()
        self.save(self._folder)

    def save(self, path: str | Path) -> None:
        """Write the index to a folder, with a checksum of every file.

        Args:
            path: The folder. The index's own is written anew from the same files, which takes no room.

        Raises:
            OutputError: If it cannot be written; what was there is intact.
        """
        target, name = Path(path), _new_name()
        own = target.resolve() == self._folder.resolve()

        def fill(fresh: Path) -> None:
            ignore = shutil.ignore_patterns(_HINT)
            source, copy = self._folder / f"{self._name}.lance", _link if own else shutil.copy2
            shutil.copytree(source, fresh / f"{name}.lance", ignore=ignore, copy_function=copy)

        write_index_folder(target, KIND, self._facts(name), fill)
        if own:
            self._name = name
            self._table = self._open()
        for before in target.glob(f"{_PREFIX}*.lance"):
            if before.name != f"{name}.lance":
                shutil.rmtree(before, ignore_errors=True)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Open a folder that `save` wrote, or that was given as `path`. What is added later goes there, too.

        Args:
            path: The folder.

        Returns:
            The index.

        Raises:
            CheckpointError: If a file is missing, cut short or changed, or the folder is of another version.
        """
        folder = read_index_folder(path)
        check_kind(folder, KIND)
        settings = {key: value for key, value in folder.facts.items() if key != "table"}
        try:
            return cls(**settings, path=folder.path)
        except (TypeError, InputError) as error:
            raise CheckpointError(f"{folder.path}: {error}") from error

    def close(self) -> None:
        """Let go of files. A temporary folder is removed."""
        self._table = _Closed()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def _distance(self) -> str:
        return "l2" if self._metric == "euclidean" else "dot"

    def _facts(self, name: str) -> dict[str, Any]:
        search = {"index": self._method, "probes": self._probes, "refine": self._refine, "table": name}
        return {"dim": self._dim, "metric": self._metric, **search}

    def _create(self, folder: Path) -> None:
        self._lancedb.connect(folder).create_table(self._name, schema=schema(self._dim))
        (folder / f"{self._name}.lance" / "_versions" / _HINT).unlink(missing_ok=True)

    def _open(self) -> Any:
        try:
            return self._lancedb.connect(self._folder).open_table(self._name)
        except (ValueError, OSError, RuntimeError) as error:
            raise CheckpointError(f"{self._folder}: LanceDB cannot read it: {error}") from error

    def _name_in_folder(self) -> str:
        folder = read_index_folder(self._folder, verify=False)
        ours = (KIND, self._dim, self._metric)
        theirs = (folder.kind, folder.facts.get("dim"), folder.facts.get("metric"))
        if theirs != ours:
            raise InputError(
                f"{self._folder} holds {theirs}", accepted=f"{ours}: kind, dim, metric", fix="another path="
            )

        return str(folder.facts["table"])

    def _stored(self, embeddings: Embeddings, name: str) -> NDArray[np.float32]:
        vectors = as_vectors(embeddings, name, self._dim)
        return unit_rows(vectors) if self._metric == "cosine" else vectors

    def _last_id(self) -> int:
        if self._last is None:
            before = (self._table.schema.field("id").metadata or {}).get(_LAST.encode(), NOTHING)
            self._last = max(int(before), *(int(some.max()) for some in self._ids() if len(some)), NOTHING)
        return self._last

    def _present(self, ids: Ids) -> NDArray[np.bool_]:
        found = np.zeros(len(ids), bool)
        if len(ids) and ids.min() <= self._last_id():
            for some in self._ids(f"id BETWEEN {int(ids.min())} AND {int(ids.max())}"):
                found |= np.isin(ids, some)
        return found

    def _ids(self, where: str | None = None) -> list[Ids]:
        query = self._table.search().select(["id"])
        batches = (query.where(where) if where else query).to_batches()
        return [batch.column("id").to_numpy() for batch in batches]

    def _nearest(self, vectors: NDArray[np.float32], width: int, where: str | None) -> list[list[tuple[int, float]]]:
        """One hit more than wanted is asked for: where it is as near as the last, all that are so near are."""
        found = self._ask(vectors, width + 1, where, exact=self._method == "exact")
        if self._method != "exact":
            few = [query for query, hits in enumerate(found) if len(hits) < width]
            for query, hits in zip(few, self._ask(vectors[few], width + 1, where, exact=True), strict=True):
                found[query] = hits
        for query, hits in enumerate(found):
            count = width + 1
            while len(hits) == count and hits[-1][2] == hits[width - 1][2]:
                count *= _MORE
                hits = self._ask(vectors[query : query + 1], count, where, exact=self._method == "exact")[0]
            found[query] = hits
        return [[hit[:2] for hit in hits] for hits in found]

    def _ask(
        self, vectors: NDArray[np.float32], count: int, where: str | None, *, exact: bool
    ) -> list[list[tuple[int, float, float]]]:
        """For each query id, score, and the distance by which LanceDB sorts."""
        found: list[list[tuple[int, float, float]]] = [[] for _ in vectors]
        if not found:
            return found
        query = self._table.search(vectors, vector_column_name="vector").distance_type(self._distance).limit(count)
        query = query.bypass_vector_index() if exact else query.nprobes(self._probes).refine_factor(self._refine)
        if where:
            query = query.where(where, prefilter=True)
        names = ["id", "vector", "_distance"]
        rows = query.select(names).to_arrow().combine_chunks()
        numbers, distances = rows["id"].to_pylist(), rows["_distance"].to_pylist()
        stored = rows["vector"].combine_chunks().flatten().to_numpy().reshape(-1, self._dim).astype(np.float64)
        which = rows["query_index"].to_numpy() if "query_index" in rows.column_names else np.zeros(len(numbers), int)
        asked = vectors[which].astype(np.float64)
        if self._metric == "euclidean":
            scores = -np.linalg.norm(stored - asked, axis=1)
        else:
            scores = np.einsum("nd,nd->n", stored, asked)
        for at, number, score, distance in zip(which.tolist(), numbers, scores.tolist(), distances, strict=True):
            found[at].append((number, score, distance))
        return found

    def _check_names(self, filters: Filter) -> None:
        for name in filters.values:
            if not self._table.count_rows(with_labels([named(name)])):
                raise unknown_field(name)


class _Closed:
    """What stands in the place of a table after `close`."""

    def __getattr__(self, name: str) -> Any:
        raise InputError("this index was closed", fix="load_index(path), or create_index again")


def _import_lancedb() -> Any:
    # Read once, at the import. The logger would write a line to stderr for every folder that is made; and on 2 cores
    # there would be one thread, on which a task that waits for another waits for ever.
    os.environ.setdefault("LANCE_LOG", "error")
    if (os.cpu_count() or 1) < _CORES_FOR_TWO_THREADS:
        os.environ.setdefault("LANCE_CPU_THREADS", "2")
    return require("lancedb", extra=EXTRA)


def _new_name() -> str:
    return _PREFIX + secrets.token_hex(4)


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        return str(shutil.copy2(source, target))
    return target
