"""Vectors in Elasticsearch or OpenSearch. Knows no bodies of requests (`elastic_requests`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError, InputError, ShapeError
from likewise.index.elastic_documents import Documents
from likewise.index.elastic_requests import MOST_HITS, Flavour, Requests
from likewise.index.elastic_session import ElasticSession
from likewise.index.fields import Filter, as_fields, as_filter, unknown_field
from likewise.index.folder import read_index_folder, write_index_folder
from likewise.index.found import as_hits, check_kind, check_top_k
from likewise.index.inputs import as_ids, as_vectors, check_metric, new_ids, unit_rows
from likewise.index.protocol import Fields, Hits, Ids, Metric, Where
from likewise.index.rank_fusion import reciprocal_rank_fusion
from likewise.index.retry import Retry, arguments_again, load_interrupted

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

KIND = "elasticsearch"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")


@final
class ElasticsearchIndex:
    """Vectors in an index of Elasticsearch or OpenSearch, found by its kNN search, by words, or by both.

    The index is made if it is not there; one that is there is opened if it was made by this class with the same `dim`,
    `metric` and `text_field`. For "cosine", vectors are stored at length 1. Searches are approximate but for
    `index="flat"`; scores are those of the server, converted, and small distances are rounded by it: at 0 by 3e-4.

    Args:
        dim: Length of the vectors, at most 4096 (OpenSearch: 16,000).
        metric: "cosine", "dot" or "euclidean".
        address: URL of the server.
        name: Name of the index, in small letters.
        flavour: "elasticsearch" (8.12 or later) or "opensearch" (2.16 or later).
        text_field: The field whose text `search_hybrid` searches; `where` cannot name it.
        index: How Elasticsearch indexes vectors: "hnsw", "flat" (exact), "int8_hnsw", "int8_flat", "bbq_hnsw", ....
        m: Neighbours of a node.
        ef_construction: Candidates while building.
        num_candidates: Candidates while searching, in each shard.
        batch_size: Vectors in one request; the server takes 100 MB.
        api_key: Key for Elasticsearch; otherwise LIKEWISE_ELASTICSEARCH_API_KEY. Never saved.
        basic_auth: User and password; otherwise LIKEWISE_ELASTICSEARCH_USER and LIKEWISE_ELASTICSEARCH_PASSWORD.
        client: A client that was made elsewhere, with certificates or a cloud id, say; should do no retries.
        create: Make the index if it is not there.
        retry: What to do while the server is away.

    Raises:
        InputError: If the index is another one, or an argument is not accepted.
        DatabaseError: If the server cannot be reached, or refuses.
        MissingDependencyError: If the client is not installed.
    """

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        address: str = "http://localhost:9200",
        name: str = "likewise",
        flavour: Flavour = "elasticsearch",
        text_field: str = "text",
        index: str = "hnsw",
        m: int = 16,
        ef_construction: int = 100,
        num_candidates: int = 100,
        batch_size: int = 500,
        api_key: str | None = None,
        basic_auth: tuple[str, str] | None = None,
        client: Any = None,
        create: bool = True,
        retry: Retry | None = None,
    ) -> None:
        check_metric(metric)
        if not _NAME.fullmatch(name) or batch_size < 1:
            raise InputError(
                f"name={name!r}, batch_size={batch_size}", accepted="small letters, digits, '.', '_' and '-'; 1 or more"
            )
        self._name, self._batch_size = name, batch_size
        self._requests = Requests(flavour, dim, metric, text_field, index, m, ef_construction, num_candidates)
        self._session = ElasticSession(flavour, address, api_key, basic_auth, client, retry or Retry())
        self._documents = Documents(self._session, name, self._requests)
        try:
            self._session.run(lambda client, _: self._open(client, create=create), once=True)
        except BaseException:
            self._session.close()
            raise

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._requests.dim

    @property
    def metric(self) -> Metric:
        """How vectors are compared."""
        return self._requests.metric

    def __len__(self) -> int:
        return len(self._documents)

    def add(
        self, embeddings: Embeddings, ids: Embeddings | None = None, *, fields: Sequence[Fields] | None = None
    ) -> Ids:
        """Add vectors, a batch at a time.

        A batch is not a unit here: when the server goes away for good, any part of the last batch may be in.

        Args:
            embeddings: (N, dim) or one vector (dim,), finite.
            ids: One integer of at least 0 for each, none of them there yet; the next free numbers if not given.
            fields: One mapping for each from names to values, for `where`, and the text, for `search_hybrid`.

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
        chosen = new_ids(ids, len(vectors), self._documents.first_free() if ids is None else 0, self._documents.present)
        for number, row in zip(chosen.tolist(), rows, strict=True):
            self._requests.document(number, [], row)
        for start in range(0, len(vectors), self._batch_size):
            part = slice(start, start + self._batch_size)
            try:
                self._documents.add(chosen[part], vectors[part], rows[part])
            except Exception as error:
                if not self._session.is_error(error):
                    raise
                given = arguments_again(ids, fields)
                raise load_interrupted(
                    self._session.database,
                    error,
                    done=start,
                    total=len(vectors),
                    given=given,
                    unsure=len(chosen[part]),
                ) from error
        self._documents.refresh()
        return chosen

    def search(self, queries: Embeddings, top_k: int = 10, *, where: Where | None = None) -> Hits:
        """Find the nearest vectors of each query.

        Args:
            queries: (Q, dim) or one vector (dim,).
            top_k: How many for each, from 1 to 10,000.
            where: Only vectors whose fields have these values, or one of them; "id" is the id.

        Returns:
            Ids and scores, (Q, k), k the smaller of `top_k` and the number of vectors.

        Raises:
            InputError: If a query holds NaN, `top_k` is not accepted, or no vector has a field that `where` names.
            DatabaseError: If the server goes away and does not come back.
        """
        vectors, filters = self._stored(queries, "queries"), as_filter(where)
        width = self._width(top_k)
        if not width:
            return as_hits([[] for _ in vectors], 0)
        found = self._documents.answers([self._requests.nearest(vector, width, filters) for vector in vectors.tolist()])
        if found and not any(found):
            self._check_names(filters)
        score = self._requests.score
        return as_hits([[(number, score(given)) for number, given in rows] for rows in found], width)

    def search_hybrid(
        self,
        texts: Sequence[str],
        queries: Embeddings,
        top_k: int = 10,
        *,
        where: Where | None = None,
        candidates: int = 100,
        rank_constant: int = 60,
    ) -> Hits:
        """Find by words and by vectors, and fuse both orders by their ranks (reciprocal rank fusion).

        Ranks are fused here, so that no paid licence of the server is needed.

        Args:
            texts: A text for each query.
            queries: Its vector, (Q, dim) or one vector (dim,).
            top_k: How many for each, from 1 to 10,000.
            where: Only vectors whose fields have these values, or one of them; "id" is the id.
            candidates: How many of each order are fused, at least `top_k` of them.
            rank_constant: How little the first ranks stand out; see `rank_fusion`.

        Returns:
            Ids and fused scores, at most 2 / (rank_constant + 1), (Q, k).

        Raises:
            InputError: Like `search`.
            ShapeError: If there are more or fewer texts than queries.
            DatabaseError: If the server goes away and does not come back.
        """
        vectors, filters = self._stored(queries, "queries"), as_filter(where)
        if isinstance(texts, str) or len(texts) != len(vectors):
            raise ShapeError(f"{len(texts)} texts for {len(vectors)} queries", accepted="a list with one for each")
        width = self._width(top_k)
        if not width:
            return as_hits([[] for _ in vectors], 0)
        count = min(max(candidates, width), MOST_HITS)
        bodies = []
        for text, vector in zip(texts, vectors.tolist(), strict=True):
            bodies += [self._requests.nearest(vector, count, filters), self._requests.by_words(text, count, filters)]
        found = self._documents.answers(bodies)
        if found and not any(found):
            self._check_names(filters)
        orders = [[number for number, _ in sorted(rows, key=lambda hit: (-hit[1], hit[0]))] for rows in found]
        pairs = zip(orders[::2], orders[1::2], strict=True)
        return as_hits([reciprocal_rank_fusion(pair, rank_constant) for pair in pairs], width)

    def remove(self, ids: Embeddings) -> int:
        """Remove vectors.

        Args:
            ids: Their ids, (N,); those that are not there are passed over.

        Returns:
            How many were removed.

        Raises:
            DatabaseError: If the server goes away and does not come back.
        """
        return self._documents.remove(as_ids(ids).tolist())

    def save(self, path: str | Path) -> None:
        """Write how to reach the index, without passwords and keys.

        Args:
            path: The folder.

        Raises:
            OutputError: If it cannot be written.
        """
        requests = self._requests
        facts = {
            "dim": requests.dim,
            "metric": requests.metric,
            "address": self._session.address,
            "name": self._name,
            "flavour": requests.flavour,
            "text_field": requests.text_field,
            "index": requests.method,
            "m": requests.m,
            "ef_construction": requests.ef_construction,
            "num_candidates": requests.num_candidates,
            "batch_size": self._batch_size,
        }
        write_index_folder(path, KIND, facts, lambda folder: None)

    @classmethod
    def load(cls, path: str | Path, **login: Any) -> Self:
        """Open the index that `save` wrote about.

        Args:
            path: The folder.
            **login: `api_key`, `basic_auth`, `client` or `retry`.

        Returns:
            The index.

        Raises:
            CheckpointError: If the folder is wrong, or the index is not there any more.
            DatabaseError: If the server cannot be reached.
        """
        folder = read_index_folder(path)
        check_kind(folder, KIND)
        try:
            return cls(**folder.facts, **login, create=False)
        except (TypeError, InputError) as error:
            raise CheckpointError(f"{folder.path}: {error}") from error

    def close(self) -> None:
        """Close the client. The index stays."""
        self._session.close()

    def _open(self, client: Any, *, create: bool) -> None:
        ours = self._requests.facts()
        if not client.indices.exists(index=self._name):
            if not create:
                raise InputError(f"there is no index {self._name!r}")
            client.indices.create(index=self._name, body=self._requests.create())
            return
        theirs = self._documents.facts(client)
        if theirs is None or {name: theirs.get(name) for name in ours} != ours:
            what = "is not an index of likewise" if theirs is None else f"was made with {_listed(theirs)}"
            raise InputError(
                f"index {self._name!r} {what}", accepted=f"one made with {_listed(ours)}", fix="another name="
            )

    def _stored(self, embeddings: Embeddings, name: str) -> NDArray[np.float32]:
        vectors = as_vectors(embeddings, name, self.dim)
        return unit_rows(vectors) if self.metric == "cosine" else vectors

    def _width(self, top_k: int) -> int:
        check_top_k(top_k)
        width = min(int(top_k), len(self))
        if width > MOST_HITS:
            raise InputError(f"top_k={top_k}", accepted=f"at most {MOST_HITS}, the limit of a search of the server")
        return width

    def _check_names(self, filters: Filter) -> None:
        for name in filters.values:
            if not self._documents.have_field(name):
                raise unknown_field(name)


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in facts.items())
