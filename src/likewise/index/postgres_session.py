"""A connection to PostgreSQL that comes back: one transaction at a time, tried again while the server is away.

Knows no vectors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, final

from likewise._optional import require
from likewise.errors import DatabaseError, InputError
from likewise.index.retry import Retry, unreachable

T = TypeVar("T")
DATABASE = "PostgreSQL"
EXTRA = "pgvector"
_SECRET = ("password", "sslpassword")
_CONNECT_WITHIN_S = 10
_PASSING_STATES = ("08", "40", "53300", "55P03", "57P")
"""Beginnings of error codes: connection lost, conflict of transactions, too many connections, lock, shutting down."""


@final
class PostgresSession:
    """One connection, made when it is needed and again after it was lost. Threads take turns.

    Args:
        address: libpq's connection string or URL; what it leaves out comes from PGHOST, PGPASSWORD, ~/.pgpass, ....
        password: For servers that ask for one.
        retry: How often and after which waits.
    """

    def __init__(self, address: str, password: str | None, retry: Retry) -> None:
        self._psycopg = require("psycopg", extra=EXTRA)
        self._parts = self._parse(address)
        if password is not None:
            self._parts["password"] = password
        self._retry = retry
        self._connection: Any = None
        self._closed = False
        self._turn = threading.RLock()

    def _parse(self, address: str) -> dict[str, Any]:
        conninfo = require("psycopg.conninfo", extra=EXTRA)
        try:
            return dict(conninfo.conninfo_to_dict(address))
        except self._psycopg.Error:
            # The original message repeats the address, and that may hold a password.
            raise InputError(
                "address is no connection string of PostgreSQL", accepted="'postgresql://user@host:5432/database'"
            ) from None

    @property
    def address(self) -> str:
        """The connection string without passwords."""
        conninfo = require("psycopg.conninfo", extra=EXTRA)
        return str(conninfo.make_conninfo(**{key: value for key, value in self._parts.items() if key not in _SECRET}))

    def run(self, work: Callable[[Any, int], T], *, once: bool = False) -> T:
        """Do something within one transaction; all of it again if the server went away.

        Args:
            work: Gets the connection and the number of the attempt, from 0.
            once: Do not try again.

        Returns:
            What `work` returned, after the commit.

        Raises:
            DatabaseError: If the server does not come back, or refuses.
        """
        try:
            return self.run_raw(work, once=once)
        except self._psycopg.Error as error:
            raise unreachable(DATABASE, error) from error

    def run_raw(self, work: Callable[[Any, int], T], *, once: bool = False) -> T:
        """Like `run`, but with the client's own errors.

        Args:
            work: Gets the connection and the number of the attempt, from 0.
            once: Do not try again.

        Returns:
            What `work` returned, after the commit.

        Raises:
            Exception: psycopg.Error.
        """
        retry = Retry(1) if once else self._retry
        return retry.run(lambda attempt: self._transaction(work, attempt), self._passes)

    def is_error(self, error: Exception) -> bool:
        """Whether an error is one of the client.

        Args:
            error: The error.

        Returns:
            True for psycopg.Error.
        """
        return isinstance(error, self._psycopg.Error)

    def close(self) -> None:
        """Close the connection for good."""
        with self._turn:
            self._closed = True
            self._drop()

    def _transaction(self, work: Callable[[Any, int], T], attempt: int) -> T:
        with self._turn:
            if self._closed:
                raise DatabaseError(f"{DATABASE}: this index was closed", fix="load_index(path), or create_index again")
            if self._connection is None:
                self._connection = self._psycopg.connect(
                    **{"connect_timeout": _CONNECT_WITHIN_S, **self._parts, "client_encoding": "utf8"}, autocommit=True
                )
            try:
                with self._connection.transaction():
                    return work(self._connection, attempt)
            finally:
                if self._connection.broken or self._connection.closed:
                    self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _passes(self, error: Exception) -> bool:
        if not isinstance(error, self._psycopg.OperationalError | self._psycopg.InterfaceError):
            return False
        state = getattr(error, "sqlstate", None)
        return state is None or state.startswith(_PASSING_STATES)
