"""The documents of one index of Elasticsearch or OpenSearch: what is asked and told about them.

Knows no vectors but as rows of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.index.elastic_requests import FIRST_FREE, MARK, MOST_HITS, Requests, field_exists, last_id, with_ids
from likewise.index.elastic_session import PASSING, ElasticSession, RefusedError
from likewise.index.protocol import Field, Ids

_SEARCHES_AT_ONCE = 100


@final
class Documents:
    """Documents of one index.

    Args:
        session: The client.
        name: Name of the index.
        requests: Bodies of requests.
    """

    def __init__(self, session: ElasticSession, name: str, requests: Requests) -> None:
        self._session, self._name, self._requests = session, name, requests

    def __len__(self) -> int:
        return self._session.run(partial(self._count, None))

    def facts(self, client: Any) -> Mapping[str, Any] | None:
        """What the index says about itself.

        Args:
            client: The client.

        Returns:
            The facts, or nothing if it is not ours.
        """
        mappings = [entry["mappings"] for entry in dict(client.indices.get_mapping(index=self._name)).values()]
        return mappings[0].get("_meta", {}).get(MARK) if len(mappings) == 1 else None

    def first_free(self) -> int:
        """A number above all ids that there ever were."""
        self.refresh()
        before = int((self._session.run(lambda client, _: self.facts(client)) or {}).get(FIRST_FREE, 0))
        hits = self._session.run(partial(self._find, last_id()))["hits"]["hits"]
        return max(before, int(hits[0]["_id"]) + 1) if hits else before

    def present(self, ids: Ids) -> NDArray[np.bool_]:
        """Which ids are there.

        Args:
            ids: Ids, (N,).

        Returns:
            For each whether it is, (N,).
        """
        self.refresh()
        there: list[int] = []
        for start in range(0, len(ids), MOST_HITS):
            body = with_ids(ids[start : start + MOST_HITS].tolist())
            answer = self._session.run(partial(self._find, body))
            there += [int(hit["_id"]) for hit in answer["hits"]["hits"]]
        return np.isin(ids, np.array(there, np.int64))

    def add(self, ids: Ids, vectors: NDArray[np.float32], fields: Sequence[Mapping[str, Field]]) -> None:
        """Add one batch.

        Args:
            ids: Ids, (N,).
            vectors: Vectors, (N, dim).
            fields: Fields of each.

        Raises:
            Exception: An error of the client, or `RefusedError`.
        """
        left = list(range(len(ids)))

        def work(client: Any, attempt: int) -> None:
            lines: list[Any] = []
            for at in left:
                number = int(ids[at])
                document = self._requests.document(number, vectors[at].tolist(), fields[at])
                lines += [{"create": {"_id": str(number)}}, document]
            items = [item["create"] for item in client.bulk(index=self._name, body=lines)["items"]]
            # An attempt before this one may have arrived though its answer did not: then they are there (409).
            wrong = [
                (at, item)
                for at, item in zip(left, items, strict=True)
                if item["status"] >= 300 and not (attempt and item["status"] == 409)
            ]
            left[:] = [at for at, _ in wrong]
            if wrong:
                reasons = {str(item.get("error", {}).get("reason", item["status"])) for _, item in wrong}
                passes = all(item["status"] in PASSING for _, item in wrong)
                raise RefusedError(f"{len(wrong)} documents refused: {min(reasons)}", passes=passes)

        self._session.run_raw(work)

    def remove(self, ids: Sequence[int]) -> int:
        """Remove documents. The largest id is not given again, so the index keeps it in mind.

        Args:
            ids: Their ids.

        Returns:
            How many were there.
        """
        free, removed = self.first_free(), 0
        if free - 1 in ids:
            meta = {"_meta": {MARK: {**self._requests.facts(), FIRST_FREE: free}}}
            self._session.run(lambda client, _: client.indices.put_mapping(index=self._name, body=meta))
        for start in range(0, len(ids), MOST_HITS):
            query = {"query": with_ids(ids[start : start + MOST_HITS])["query"]}
            removed += int(self._session.run(partial(self._delete, query))["deleted"])
        return removed

    def answers(self, bodies: Sequence[Mapping[str, Any]]) -> list[list[tuple[int, float]]]:
        """Search.

        Args:
            bodies: One for each search.

        Returns:
            For each ids, and scores as the server gives them.
        """
        found: list[list[tuple[int, float]]] = []
        for start in range(0, len(bodies), _SEARCHES_AT_ONCE):
            lines = [line for body in bodies[start : start + _SEARCHES_AT_ONCE] for line in ({}, body)]
            found += self._session.run(partial(self._ask, lines))
        return found

    def have_field(self, name: str) -> bool:
        """Whether any document has a field.

        Args:
            name: Its name.

        Returns:
            True if one has.
        """
        return self._session.run(partial(self._count, field_exists(name))) > 0

    def refresh(self) -> None:
        """Make what was written visible to searches."""
        self._session.run(lambda client, _: client.indices.refresh(index=self._name))

    def _ask(self, lines: list[Any], client: Any, attempt: int) -> list[list[tuple[int, float]]]:
        answers = client.msearch(index=self._name, body=lines)["responses"]
        for answer in answers:
            if "error" in answer:
                raise RefusedError(f"a search failed: {answer['error']}", passes=answer.get("status") in PASSING)
        return [[(int(hit["_id"]), float(hit["_score"])) for hit in answer["hits"]["hits"]] for answer in answers]

    def _find(self, body: Any, client: Any, attempt: int) -> Any:
        return client.search(index=self._name, body=body)

    def _count(self, body: Any, client: Any, attempt: int) -> int:
        return int(client.count(index=self._name, body=body)["count"])

    def _delete(self, body: Any, client: Any, attempt: int) -> Any:
        return client.delete_by_query(index=self._name, body=body, conflicts="proceed", refresh=True)
