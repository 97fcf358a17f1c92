"""The statements of the pgvector index. Names are quoted by psycopg, values are parameters. Knows no connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from likewise._optional import require
from likewise.errors import InputError
from likewise.index.fields import Filter
from likewise.index.postgres_session import EXTRA

_LONGEST_NAME = 63
_MARK = "likewise-index"

SETTINGS = "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS settings (name, value)"
HAS_EXTENSION = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'"
CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
FIND_TABLE = "SELECT to_regclass(%s) IS NOT NULL, obj_description(to_regclass(%s)::oid, 'pg_class')"
ROWS_ABOUT = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)::oid"
FIND_INDEX = """
    SELECT space.nspname, class.relname
    FROM pg_index JOIN pg_class AS class ON class.oid = indexrelid JOIN pg_am AS method ON method.oid = class.relam
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE indrelid = to_regclass(%s)::oid AND method.amname IN ('hnsw', 'ivfflat')
"""


@final
@dataclass(frozen=True, slots=True)
class Statements:
    """Statements on one table.

    Args:
        table: Its name, as the user gave it.
        dim: Length of a vector.
        operator: Distance of pgvector: <#> or <->.
        half: Whether vectors are of the type halfvec.

    Raises:
        InputError: If the name cannot be that of a table.
    """

    table: str
    dim: int
    operator: str
    half: bool

    def __post_init__(self) -> None:
        if not self.table or "\0" in self.table or len(self.table.encode(errors="replace")) > _LONGEST_NAME:
            raise InputError(f"table={self.table!r}", accepted=f"a name of 1 to {_LONGEST_NAME} bytes, without NUL")

    @property
    def regclass(self) -> str:
        """The name, quoted: what PostgreSQL takes as the text of a regclass."""
        return '"' + self.table.replace('"', '""') + '"'

    @property
    def type(self) -> str:
        """Type of the column of vectors."""
        return f"{'halfvec' if self.half else 'vector'}({self.dim})"

    def create_table(self) -> Any:
        """The table: id, embedding, fields."""
        return self._fill(
            "CREATE TABLE {table} (id bigint PRIMARY KEY, embedding {type} NOT NULL, fields jsonb NOT NULL)"
        )

    def index_fields(self) -> Any:
        """The index for filters."""
        return self._fill("CREATE INDEX ON {table} USING gin (fields)")

    def mark(self, facts: Mapping[str, Any]) -> Any:
        """The comment by which the table is known to be ours.

        Args:
            facts: Facts about the table.

        Returns:
            The statement.
        """
        literal = require("psycopg.sql", extra=EXTRA).Literal(json.dumps({_MARK: dict(facts)}))
        return self._fill("COMMENT ON TABLE {table} IS {text}", text=literal)

    def index_vectors(self, method: str, settings: Mapping[str, int]) -> Any:
        """The approximate index.

        Args:
            method: "hnsw" or "ivfflat".
            settings: Its parameters.

        Returns:
            The statement.
        """
        sql = require("psycopg.sql", extra=EXTRA)
        distance = "l2" if self.operator == "<->" else "ip"
        named = [sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(value)) for key, value in settings.items()]
        return self._fill(
            "CREATE INDEX ON {table} USING {method} (embedding {operators}) WITH ({settings})",
            method=sql.Identifier(method),
            operators=sql.Identifier(f"{'halfvec' if self.half else 'vector'}_{distance}_ops"),
            settings=sql.SQL(", ").join(named),
        )

    def copy(self) -> Any:
        """Bulk load; the rows are those of `postgres_copy`."""
        return self._fill("COPY {table} (id, embedding, fields) FROM STDIN (FORMAT binary)")

    def search(self, filters: Filter) -> Any:
        """The nearest rows; parameters are those of `search_parameters`.

        Args:
            filters: What is asked for beside nearness.

        Returns:
            The statement.
        """
        conditions = ["id = ANY(%(ids)s)"] if filters.ids is not None else []
        conditions += [f"fields @> ANY(%(field{at})s::jsonb[])" for at in range(len(filters.values))]
        where = "WHERE " + " AND ".join(conditions) if conditions else ""
        return self._fill(
            "SELECT id, embedding {operator} %(query)s::{type} AS distance FROM {table} "
            + where
            + " ORDER BY distance, id LIMIT %(count)s"
        )

    def present(self) -> Any:
        """Which of some ids are there."""
        return self._fill("SELECT id FROM {table} WHERE id = ANY(%s)")

    def remove(self) -> Any:
        """Delete by id."""
        return self._fill("DELETE FROM {table} WHERE id = ANY(%s)")

    def last_id(self) -> Any:
        """The largest id."""
        return self._fill("SELECT max(id) FROM {table}")

    def count(self) -> Any:
        """How many rows there are."""
        return self._fill("SELECT count(*) FROM {table}")

    def count_up_to(self) -> Any:
        """How many rows there are, but at most so many."""
        return self._fill("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT %s) AS few")

    def has_field(self) -> Any:
        """Whether any row has a field."""
        return self._fill("SELECT EXISTS (SELECT 1 FROM {table} WHERE fields ? %s)")

    def _fill(self, statement: str, **parts: Any) -> Any:
        sql = require("psycopg.sql", extra=EXTRA)
        # In a statement with parameters psycopg reads % as the beginning of one, in names too.
        name = self.table.replace("%", "%%") if "%" in statement else self.table
        fixed = {"table": sql.Identifier(name), "type": sql.SQL(self.type), "operator": sql.SQL(self.operator)}
        return sql.SQL(statement).format(**fixed, **parts)


def search_parameters(filters: Filter) -> dict[str, Any]:
    """The parameters of `Statements.search` that are the same for each query.

    Args:
        filters: What is asked for beside nearness.

    Returns:
        Parameters by name.
    """
    parameters: dict[str, Any] = {f"field{at}": labels for at, labels in enumerate(filters.labels.values())}
    if filters.ids is not None:
        parameters["ids"] = filters.ids.tolist()
    return parameters


def read_mark(comment: str | None) -> Mapping[str, Any] | None:
    """What `Statements.mark` wrote.

    Args:
        comment: The comment of a table.

    Returns:
        The facts, or nothing if the table is not ours.

    Example:
        >>> read_mark('{"likewise-index": {"dim": 8}}')
        {'dim': 8}
        >>> read_mark("Customers")
    """
    try:
        facts = json.loads(comment or "")[_MARK]
    except (ValueError, KeyError, TypeError):
        return None
    return facts if isinstance(facts, dict) else None


def drop_index(schema: str, name: str) -> Any:
    """Drop an index.

    Args:
        schema: Its schema, from `FIND_INDEX`.
        name: Its name.

    Returns:
        The statement.
    """
    sql = require("psycopg.sql", extra=EXTRA)
    return sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name))
