"""Vectors in PostgreSQL with pgvector. Knows no statements (`postgres_sql`) and no connections (`postgres_session`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError, DatabaseError, InputError
from likewise.index import postgres_sql
from likewise.index.fields import Filter, as_fields, as_filter, unknown_field
from likewise.index.folder import read_index_folder, write_index_folder
from likewise.index.found import as_hits, check_kind, check_top_k
from likewise.index.inputs import as_ids, as_vectors, check_metric, new_ids, unit_rows
from likewise.index.postgres_copy import BEGIN, END, copy_rows
from likewise.index.postgres_nearest import EXACT, Method, Nearest
from likewise.index.postgres_session import DATABASE, PostgresSession
from likewise.index.protocol import Field, Fields, Hits, Ids, Metric, Where
from likewise.index.retry import Retry, arguments_again, load_interrupted

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

KIND = "pgvector"
_MOST_DIM = 16_000
_LARGEST_HALF = 65_504.0
_IDS_AT_ONCE = 100_000


@final
class PgVectorIndex:
    """Vectors in a table of PostgreSQL, compared by pgvector.

    The table is made if it is not there; one that is there is opened if it was made by this class with the same
    `dim`, `metric` and `half`. It has the columns id (bigint), embedding (vector or halfvec) and fields (jsonb). For
    "cosine", vectors are stored at length 1. A batch is one transaction: after an error the batches before it are in
    and nothing else is.

    Args:
        dim: Length of the vectors, at most 16,000; for "hnsw" and "ivfflat" 2,000, or 4,000 with `half`.
        metric: "cosine", "dot" or "euclidean".
        address: libpq's connection string or URL; what it leaves out comes from PGHOST, PGUSER, PGPASSWORD, ~/.pgpass.
        table: Name of the table.
        index: "exact", "hnsw" or "ivfflat". The index is built after the first `add`, or by `build_index`.
        m: Neighbours of a node, 2 to 100 (hnsw).
        ef_construction: Candidates while building (hnsw).
        ef_search: Candidates while searching (hnsw).
        lists: Clusters (ivfflat); by default rows / 1000, above a million rows their square root.
        probes: Clusters that are searched (ivfflat); by default the square root of `lists`.
        half: Store float16: half the size, about three decimal digits.
        batch_size: Vectors in one transaction.
        password: For a server that asks for one; never saved.
        create: Make the table if it is not there.
        retry: What to do while the server is away.

    Raises:
        InputError: If the table is another one, or an argument is not accepted.
        DatabaseError: If the server cannot be reached, or refuses.
        MissingDependencyError: If psycopg is not installed.
    """

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        address: str = "",
        table: str = "likewise",
        index: Method = "exact",
        m: int = 16,
        ef_construction: int = 64,
        ef_search: int = 40,
        lists: int | None = None,
        probes: int | None = None,
        half: bool = False,
        batch_size: int = 10_000,
        password: str | None = None,
        create: bool = True,
        retry: Retry | None = None,
    ) -> None:
        check_metric(metric)
        if not 1 <= dim <= _MOST_DIM or batch_size < 1:
            raise InputError(f"dim={dim}, batch_size={batch_size}", accepted=f"dim from 1 to {_MOST_DIM}; a batch of 1")
        self._dim, self._metric, self._half, self._batch_size = dim, metric, half, batch_size
        self._nearest = Nearest(index, m, ef_construction, ef_search, lists, probes)
        self._nearest.check_dim(dim, half=half)
        self._sql = postgres_sql.Statements(table, dim, "<->" if metric == "euclidean" else "<#>", half)
        self._session = PostgresSession(address, password, retry or Retry())
        try:
            self._session.run(lambda connection, _: self._open(connection, create=create), once=True)
        except BaseException:
            self._session.close()
            raise

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._metric

    def __len__(self) -> int:
        return int(self._value(self._sql.count()))

    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors, a batch at a time.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them there yet; the next free numbers if not given.
            fields: One mapping for each from names to values, for `where`.

        Returns:
            Their ids, (N,).

        Raises:
            InputError: If an id is there already or given twice, or a vector or field cannot be stored. Nothing was
                added.
            DatabaseError: If the server goes away and does not come back: it says how many vectors are in and how to
                go on.
        """
        vectors = self._stored(embeddings, "embeddings")
        rows = as_fields(fields, len(vectors))
        first = self._session.run(lambda connection, _: self._first_free(connection)) if ids is None else 0
        chosen = new_ids(ids, len(vectors), first, lambda some: self._session.run(lambda c, _: self._present(c, some)))
        given = arguments_again(ids, fields)
        for start in range(0, len(vectors), self._batch_size):
            part = slice(start, start + self._batch_size)
            try:
                self._copy(chosen[part], vectors[part], rows[part])
            except Exception as error:
                if not self._session.is_error(error):
                    raise
                raise load_interrupted(DATABASE, error, done=start, total=len(vectors), given=given) from error
        if len(vectors) and self._nearest.method != "exact":
            self._build_first(len(vectors))
        return chosen

    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query.

        Where an approximate index finds fewer than `top_k`, as it may behind a narrow filter, the query is compared
        with every row that passes the filter.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, at least 1.
            where: Only vectors whose fields have these values, or one of them; "id" is the id.

        Returns:
            Ids and scores, (Q, k), k the smaller of `top_k` and the number of vectors.

        Raises:
            InputError: If a query holds NaN, `top_k` is below 1, or no vector has a field that `where` names.
            DatabaseError: If the server goes away and does not come back.
        """
        check_top_k(top_k)
        vectors, filters = self._stored(queries, "queries"), as_filter(where)
        return self._session.run(lambda connection, _: self._search(connection, vectors, top_k, filters))

    def remove(self, ids: Embeddings) -> int:
        """Remove vectors, all in one transaction.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.

        Raises:
            DatabaseError: If the server goes away and does not come back; nothing was removed.
        """
        wanted = as_ids(ids).tolist()
        return self._session.run(lambda connection, _: self._remove(connection, wanted))

    def build_index(self) -> None:
        """Build the approximate index anew, as after loading many more vectors. Does nothing for "exact".

        Raises:
            DatabaseError: If the server goes away, or refuses; the old index is as it was.
        """
        if self._nearest.method != "exact":
            self._session.run(lambda connection, _: self._build(connection, again=True))

    def save(self, path: str | Path) -> None:
        """Write how to reach the table, without passwords.

        Args:
            path: The folder.

        Raises:
            OutputError: If it cannot be written.
        """
        nearest = self._nearest
        facts = {
            "dim": self._dim,
            "metric": self._metric,
            "half": self._half,
            "batch_size": self._batch_size,
            "address": self._session.address,
            "table": self._sql.table,
            "index": nearest.method,
            "m": nearest.m,
            "ef_construction": nearest.ef_construction,
            "ef_search": nearest.ef_search,
            "lists": nearest.lists,
            "probes": nearest.probes,
        }
        write_index_folder(path, KIND, facts, lambda folder: None)

    @classmethod
    def load(cls, path: str | Path, *, password: str | None = None, retry: Retry | None = None) -> Self:
        """Open the table that `save` wrote about.

        Args:
            path: The folder.
            password: For a server that asks for one; otherwise PGPASSWORD or ~/.pgpass.
            retry: What to do while the server is away.

        Returns:
            The index.

        Raises:
            CheckpointError: If the folder is wrong, or the table is not there any more.
            DatabaseError: If the server cannot be reached.
        """
        folder = read_index_folder(path)
        check_kind(folder, KIND)
        try:
            return cls(**folder.facts, password=password, create=False, retry=retry)
        except (TypeError, InputError) as error:
            raise CheckpointError(f"{folder.path}: {error}") from error

    def close(self) -> None:
        """Close the connection. The table stays."""
        self._session.close()

    def _open(self, connection: Any, *, create: bool) -> None:
        ours = self._facts()
        name = self._sql.regclass
        exists, comment = connection.execute(postgres_sql.FIND_TABLE, [name, name]).fetchone()
        if exists:
            theirs = postgres_sql.read_mark(comment)
            if theirs is None or {name: theirs.get(name) for name in ours} != ours:
                what = "is not a table of likewise" if theirs is None else f"was made with {_listed(theirs)}"
                raise InputError(
                    f"table {self._sql.table!r} {what}", accepted=f"one made with {_listed(ours)}", fix="another table="
                )
        elif not create:
            raise InputError(f"there is no table {self._sql.table!r}")
        else:
            if not connection.execute(postgres_sql.HAS_EXTENSION).fetchone()[0]:
                connection.execute(postgres_sql.CREATE_EXTENSION)
            for statement in (self._sql.create_table(), self._sql.index_fields(), self._sql.mark(ours)):
                connection.execute(statement)

    def _stored(self, embeddings: Embeddings, name: str) -> NDArray[np.float32]:
        vectors = as_vectors(embeddings, name, self._dim)
        if self._metric == "cosine":
            return unit_rows(vectors)
        if self._half and np.abs(vectors).max(initial=0) > _LARGEST_HALF:
            raise InputError(
                f"{name} hold {np.abs(vectors).max()}, too large for float16", accepted=f"up to {_LARGEST_HALF}"
            )
        return vectors

    def _copy(self, ids: Ids, vectors: NDArray[np.float32], fields: Sequence[Mapping[str, Field]]) -> None:
        def work(connection: Any, attempt: int) -> None:
            # The commit may have arrived though its answer did not.
            if attempt and self._present(connection, ids).all():
                return
            with connection.cursor().copy(self._sql.copy()) as copy:
                copy.write(BEGIN + copy_rows(ids, vectors, fields, half=self._half) + END)

        self._session.run_raw(work)

    def _present(self, connection: Any, ids: Ids) -> NDArray[np.bool_]:
        found = np.zeros(len(ids), bool)
        for start in range(0, len(ids), _IDS_AT_ONCE):
            part = ids[start : start + _IDS_AT_ONCE]
            rows = connection.execute(self._sql.present(), [part.tolist()]).fetchall()
            found[start : start + len(part)] = np.isin(part, np.array(rows, np.int64).ravel())
        return found

    def _search(self, connection: Any, vectors: NDArray[np.float32], top_k: int, filters: Filter) -> Hits:
        width = connection.execute(self._sql.count_up_to(), [top_k]).fetchone()[0]
        about = connection.execute(postgres_sql.ROWS_ABOUT, [self._sql.regclass]).fetchone()[0]
        found = self._nearest_rows(connection, vectors, width, filters, self._nearest.search_settings(about))
        few = [query for query, rows in enumerate(found) if len(rows) < width]
        if few and self._nearest.method != "exact":
            for query, rows in zip(
                few, self._nearest_rows(connection, vectors[few], width, filters, EXACT), strict=True
            ):
                found[query] = rows
        if width and found and not any(found):
            for name in filters.values:
                if not connection.execute(self._sql.has_field(), [name]).fetchone()[0]:
                    raise unknown_field(name)
        return as_hits([[(number, -distance) for number, distance in rows] for rows in found], width)

    def _nearest_rows(
        self,
        connection: Any,
        vectors: NDArray[np.float32],
        count: int,
        filters: Filter,
        settings: Mapping[str, str],
    ) -> list[list[tuple[int, float]]]:
        if not len(vectors):
            return []
        connection.execute(postgres_sql.SETTINGS, [list(settings), list(settings.values())])
        fixed = {**postgres_sql.search_parameters(filters), "count": count}
        each = [{**fixed, "query": str(query)} for query in vectors.tolist()]
        cursor = connection.cursor()
        cursor.executemany(self._sql.search(filters), each, returning=True)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found

    def _facts(self) -> dict[str, Any]:
        return {"dim": self._dim, "metric": self._metric, "half": self._half}

    def _remove(self, connection: Any, ids: list[int]) -> int:
        free = self._first_free(connection)
        if free - 1 in ids:
            # The number is not given again, so the table keeps it in mind.
            connection.execute(self._sql.mark({**self._facts(), "first_free": free}))
        return int(connection.execute(self._sql.remove(), [ids]).rowcount)

    def _first_free(self, connection: Any) -> int:
        name = self._sql.regclass
        _, comment = connection.execute(postgres_sql.FIND_TABLE, [name, name]).fetchone()
        before = int((postgres_sql.read_mark(comment) or {}).get("first_free", 0))
        last = connection.execute(self._sql.last_id()).fetchone()[0]
        return before if last is None else max(before, int(last) + 1)

    def _build_first(self, added: int) -> None:
        try:
            self._session.run(lambda connection, _: self._build(connection, again=False))
        except DatabaseError as error:
            raise DatabaseError(
                f"all {added} vectors are in, but the index is not built: {error.received}",
                fix="once it is up: index.build_index()",
            ) from error

    def _build(self, connection: Any, *, again: bool) -> None:
        there = connection.execute(postgres_sql.FIND_INDEX, [self._sql.regclass]).fetchall()
        if there and not again:
            return
        for schema, name in there:
            connection.execute(postgres_sql.drop_index(schema, name))
        rows = connection.execute(self._sql.count()).fetchone()[0]
        connection.execute(self._sql.index_vectors(self._nearest.method, self._nearest.build_settings(rows)))

    def _value(self, statement: Any) -> Any:
        return self._session.run(lambda connection, _: connection.execute(statement).fetchone()[0])


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in facts.items())
