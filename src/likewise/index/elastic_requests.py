"""Bodies of requests to Elasticsearch and OpenSearch, and the way back from their scores. Knows no client.

The two differ in the type of a vector and in the form of a search for the nearest; all else is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

from likewise.errors import InputError
from likewise.index.fields import ID, Filter, label, named
from likewise.index.protocol import Field, Metric

Flavour: TypeAlias = Literal["elasticsearch", "opensearch"]

MARK, FIRST_FREE = "likewise_index", "first_free"
MOST_HITS = 10_000
"""The default of `index.max_result_window`: a search gives no more."""
_MOST_TERMS = 65_536
_LONGEST_LABEL = 32_766
_MOST_DIM: dict[Flavour, int] = {"elasticsearch": 4096, "opensearch": 16_000}


@final
@dataclass(frozen=True, slots=True)
class Requests:
    """Bodies for one index.

    Args:
        flavour: "elasticsearch" or "opensearch".
        dim: Length of a vector.
        metric: How vectors are compared; for "cosine" they are given at length 1.
        text_field: Name of the field whose text is searched by words.
        method: Type of the index of vectors: for Elasticsearch "hnsw", "int8_hnsw", "flat", ...; for OpenSearch "hnsw".
        m: Neighbours of a node.
        ef_construction: Candidates while building.
        num_candidates: Candidates while searching, in each shard.

    Raises:
        InputError: If this cannot be had.
    """

    flavour: Flavour
    dim: int
    metric: Metric
    text_field: str
    method: str
    m: int
    ef_construction: int
    num_candidates: int

    def __post_init__(self) -> None:
        if self.flavour not in _MOST_DIM:
            raise InputError(f"flavour={self.flavour!r}", accepted=", ".join(map(repr, _MOST_DIM)))
        if not 1 <= self.dim <= _MOST_DIM[self.flavour]:
            raise InputError(f"dim={self.dim}", accepted=f"from 1 to {_MOST_DIM[self.flavour]} in {self.flavour}")
        if self.flavour == "opensearch" and self.method != "hnsw":
            raise InputError(f"index={self.method!r}", accepted="'hnsw' in OpenSearch")
        if not 1 <= self.num_candidates <= MOST_HITS:
            raise InputError(f"num_candidates={self.num_candidates}", accepted=f"from 1 to {MOST_HITS}")

    def facts(self) -> dict[str, Any]:
        """What is written into the mapping, by which an index is known to be ours."""
        return {"dim": self.dim, "metric": self.metric, "text_field": self.text_field}

    def create(self) -> dict[str, Any]:
        """The index: settings and mapping."""
        properties = {
            ID: {"type": "long"},
            "vector": self._vector(),
            "labels": {"type": "keyword"},
            "fields": {"type": "object", "enabled": False},
            "text": {"type": "text"},
        }
        mappings = {"dynamic": "strict", "_meta": {MARK: self.facts()}, "properties": properties}
        settings = {"index.knn": True} if self.flavour == "opensearch" else {}
        return {"settings": settings, "mappings": mappings}

    def document(self, number: int, vector: list[float], fields: Mapping[str, Field]) -> dict[str, Any]:
        """One vector as a document.

        Args:
            number: Its id.
            vector: The vector.
            fields: Its fields.

        Returns:
            The document.

        Raises:
            InputError: If a field cannot be stored.
        """
        others = {name: value for name, value in fields.items() if name != self.text_field}
        labels = [text for name, value in others.items() for text in (named(name), label(name, value))]
        for text in labels:
            if len(text.encode()) > _LONGEST_LABEL:
                raise InputError(
                    f"a field of id {number} has {len(text)} characters",
                    accepted=f"names and values of together some {_LONGEST_LABEL} bytes",
                    fix=f"long text goes into the field {self.text_field!r}",
                )
        document: dict[str, Any] = {ID: number, "vector": vector, "labels": labels, "fields": others}
        if self.text_field in fields:
            words = fields[self.text_field]
            if not isinstance(words, str):
                raise InputError(f"field {self.text_field!r} of id {number} is {words!r}", accepted="text")
            document["text"] = words
        return document

    def nearest(self, vector: list[float], count: int, filters: Filter) -> dict[str, Any]:
        """A search for the nearest vectors.

        Args:
            vector: The query.
            count: How many, at most `MOST_HITS`.
            filters: What is asked for besides.

        Returns:
            The body.
        """
        conditions = self.conditions(filters)
        candidates = max(self.num_candidates, count)
        if self.flavour == "opensearch":
            knn: dict[str, Any] = {"vector": vector, "k": count, "method_parameters": {"ef_search": candidates}}
            if conditions:
                knn["filter"] = {"bool": {"filter": conditions}}
            return {"query": {"knn": {"vector": knn}}, "size": count, "_source": False}
        knn = {"field": "vector", "query_vector": vector, "k": count, "num_candidates": candidates}
        if conditions:
            knn["filter"] = conditions
        return {"knn": knn, "size": count, "_source": False}

    def by_words(self, text: str, count: int, filters: Filter) -> dict[str, Any]:
        """A search by words, BM25.

        Args:
            text: The query.
            count: How many, at most `MOST_HITS`.
            filters: What is asked for besides.

        Returns:
            The body.
        """
        match = {"match": {"text": {"query": text}}}
        query = {"bool": {"must": [match], "filter": self.conditions(filters)}}
        return {"query": query, "size": count, "_source": False}

    def conditions(self, filters: Filter) -> list[dict[str, Any]]:
        """Conditions of a filter, all of which must hold.

        Args:
            filters: The filter.

        Returns:
            Clauses of a boolean query.

        Raises:
            InputError: If it asks for more values than Elasticsearch takes, or for the text.
        """
        if self.text_field in filters.values:
            raise InputError(
                f"where names {self.text_field!r}, which is searched by its words", fix="search_hybrid(texts, queries)"
            )
        clauses = [{"terms": {"labels": labels}} for labels in filters.labels.values()]
        if filters.ids is not None:
            clauses.append({"terms": {ID: filters.ids.tolist()}})
        longest = max((len(values) for clause in clauses for values in clause["terms"].values()), default=0)
        if longest > _MOST_TERMS:
            raise InputError(f"where names {longest} values", accepted=f"at most {_MOST_TERMS} for each name")
        return clauses

    def score(self, given: float) -> float:
        """Bring a score back to that of the protocol.

        Args:
            given: `_score`, which is never negative: for an inner product p it is p + 1, or 1 / (1 - p) where p is
                negative; for a distance d it is 1 / (1 + d^2).

        Returns:
            The cosine, the dot product or the negative distance.

        Example:
            >>> requests = Requests("elasticsearch", 3, "euclidean", "text", "hnsw", 16, 100, 100)
            >>> requests.score(0.2)
            -2.0
        """
        if self.metric == "euclidean":
            return -math.sqrt(max(1 / given - 1, 0.0))
        return given - 1 if given >= 1 else 1 - 1 / given

    def _vector(self) -> dict[str, Any]:
        euclidean = self.metric == "euclidean"
        graph = {"m": self.m, "ef_construction": self.ef_construction}
        if self.flavour == "opensearch":
            space = "l2" if euclidean else "innerproduct"
            method = {"name": "hnsw", "engine": "faiss", "space_type": space, "parameters": graph}
            return {"type": "knn_vector", "dimension": self.dim, "method": method}
        options = {"type": self.method, **(graph if self.method.endswith("hnsw") else {})}
        similarity = "l2_norm" if euclidean else "max_inner_product"
        vector: dict[str, Any] = {"type": "dense_vector", "dims": self.dim, "index": True}
        return {**vector, "similarity": similarity, "index_options": options}


def field_exists(name: str) -> dict[str, Any]:
    """A query for vectors that have a field.

    Args:
        name: Name of the field.

    Returns:
        The body.
    """
    return {"query": {"term": {"labels": named(name)}}}


def with_ids(ids: Sequence[int]) -> dict[str, Any]:
    """A search for ids.

    Args:
        ids: At most `MOST_HITS`.

    Returns:
        The body.
    """
    return {"query": {"terms": {ID: list(ids)}}, "size": len(ids), "_source": False}


def last_id() -> dict[str, Any]:
    """A search for the largest id."""
    return {"query": {"match_all": {}}, "sort": [{ID: "desc"}], "size": 1, "_source": False}
