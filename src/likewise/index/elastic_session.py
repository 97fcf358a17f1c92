"""A client of Elasticsearch or OpenSearch, and what is tried again. Knows no vectors."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, final
from urllib.parse import urlsplit, urlunsplit

from likewise._optional import require
from likewise.errors import DatabaseError, InputError
from likewise.index.elastic_requests import Flavour
from likewise.index.retry import Retry, unreachable

T = TypeVar("T")
_NAMES: dict[Flavour, str] = {"elasticsearch": "Elasticsearch", "opensearch": "OpenSearch"}
PASSING = frozenset({408, 429, 502, 503, 504})
"""Answers after which a server may take the same request later."""
_WITHIN_S = 60


class RefusedError(Exception):
    """Documents that the server refused.

    Args:
        reason: Its words.
        passes: Whether it may take them later.
    """

    def __init__(self, reason: str, *, passes: bool) -> None:
        super().__init__(reason)
        self.passes = passes


@final
class ElasticSession:
    """One client, and what to do when its server is away.

    Args:
        flavour: "elasticsearch" or "opensearch".
        address: "https://host:9200".
        api_key: Key, of Elasticsearch only; by default LIKEWISE_ELASTICSEARCH_API_KEY.
        basic_auth: User and password; by default LIKEWISE_ELASTICSEARCH_USER and LIKEWISE_ELASTICSEARCH_PASSWORD.
        client: A client that was made elsewhere; it is used as it is, and not closed.
        retry: How often and after which waits.
    """

    def __init__(
        self,
        flavour: Flavour,
        address: str,
        api_key: str | None,
        basic_auth: tuple[str, str] | None,
        client: Any,
        retry: Retry,
    ) -> None:
        self.database = _NAMES[flavour]
        self.address = _without_login(address)
        self._flavour, self._retry, self._owned = flavour, retry, client is None
        self._client = client if client is not None else self._connect(address, api_key, basic_auth)
        self._closed = False

    def run(self, work: Callable[[Any, int], T], *, once: bool = False) -> T:
        """Do something, again if the server is away.

        Args:
            work: Gets the client and the number of the attempt, from 0.
            once: Do not try again.

        Returns:
            What `work` returned.

        Raises:
            DatabaseError: If the server does not come back, or refuses.
        """
        try:
            return self.run_raw(work, once=once)
        except Exception as error:
            if self.is_error(error):
                raise unreachable(self.database, error) from error
            raise

    def run_raw(self, work: Callable[[Any, int], T], *, once: bool = False) -> T:
        """Like `run`, but with the client's own errors.

        Args:
            work: Gets the client and the number of the attempt, from 0.
            once: Do not try again.

        Returns:
            What `work` returned.

        Raises:
            Exception: An error of the client, or `RefusedError`.
        """
        if self._closed:
            raise DatabaseError(
                f"{self.database}: this index was closed", fix="load_index(path), or create_index again"
            )
        return (Retry(1) if once else self._retry).run(lambda attempt: work(self._client, attempt), self._passes)

    def is_error(self, error: Exception) -> bool:
        """Whether an error is one of the client or of the server.

        Args:
            error: The error.

        Returns:
            True for those.
        """
        return isinstance(error, (RefusedError, *self._errors()))

    def close(self) -> None:
        """Close the client, if it was made here."""
        self._closed = True
        if self._owned:
            self._client.close()

    def _connect(self, address: str, api_key: str | None, basic_auth: tuple[str, str] | None) -> Any:
        environment = os.environ
        user, password = (environment.get(f"LIKEWISE_ELASTICSEARCH_{name}") for name in ("USER", "PASSWORD"))
        if basic_auth is None and user is not None:
            basic_auth = (user, password or "")
        if self._flavour == "opensearch":
            if api_key is not None:
                raise InputError("api_key with OpenSearch", accepted="basic_auth=(user, password), or client=")
            opensearch = require("opensearchpy", extra="opensearch")
            return opensearch.OpenSearch([address], http_auth=basic_auth, timeout=_WITHIN_S, max_retries=0)
        api_key = api_key or (environment.get("LIKEWISE_ELASTICSEARCH_API_KEY") if basic_auth is None else None)
        elasticsearch = require("elasticsearch", extra="elasticsearch")
        return elasticsearch.Elasticsearch(
            [address],
            api_key=api_key,
            basic_auth=basic_auth,
            request_timeout=_WITHIN_S,
            max_retries=0,
            retry_on_timeout=False,
        )

    def _errors(self) -> tuple[type[Exception], ...]:
        if self._flavour == "opensearch":
            return (require("opensearchpy", extra="opensearch").OpenSearchException,)
        elasticsearch = require("elasticsearch", extra="elasticsearch")
        return (elasticsearch.ApiError, elasticsearch.TransportError)

    def _passes(self, error: Exception) -> bool:
        if isinstance(error, RefusedError):
            return error.passes
        package = require("opensearchpy" if self._flavour == "opensearch" else "elasticsearch", extra=self._flavour)
        if isinstance(error, package.ConnectionError | package.ConnectionTimeout):
            return True
        return self.is_error(error) and getattr(error, "status_code", None) in PASSING


def _without_login(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        # The address is not repeated: it may hold a password.
        raise InputError("address is no URL of a server", accepted="'http://localhost:9200', 'https://host:9200'")
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
