"""Queries, a corpus and what is relevant to what, checked and numbered. Does not know models or metrics.

Legend: Q queries, k places of a ranking.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, InputTypeError

_logger = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class RetrievalData:
    """A retrieval task with its ids as numbers: a query's or document's number is its place in the given order.

    Args:
        query_ids: Ids of the queries that have relevant documents.
        queries: Their texts.
        corpus_ids: Ids of all documents.
        corpus: Their texts.
        totals_Q: Number of relevant documents of each query, in the corpus or not, int64.
        keys: `query * documents + document` of each relevant document that is in the corpus, sorted, int64.
    """

    query_ids: list[Any]
    queries: list[Any]
    corpus_ids: list[Any]
    corpus: list[Any]
    totals_Q: NDArray[np.int64]
    keys: NDArray[np.int64]

    @classmethod
    def of(
        cls, queries: Mapping[Any, Any], corpus: Mapping[Any, Any], relevant_docs: Mapping[Any, Any]
    ) -> RetrievalData:
        """Check and number a task.

        Args:
            queries: Query id to text. Those without relevant documents are left out, with a warning: no metric is
                defined for them.
            corpus: Document id to text.
            relevant_docs: Query id to ids of relevant documents; or to a mapping from these to grades, of which those
                above 0 count. Ids that are not in the corpus count as relevant documents that are never found, as
                trec_eval has it, with a warning. Ids of other queries are ignored.

        Returns:
            The task.

        Raises:
            InputError: If there are no documents, no query has relevant documents, or no relevant id is in the corpus.
            InputTypeError: If an argument is no mapping, or relevant documents are a single id.

        Example:
            >>> data = RetrievalData.of({"q": "a query"}, {"d0": "a text", "d1": "another"}, {"q": {"d1"}})
            >>> data.relevance(np.array([[1, 0]]))
            array([[ True, False]])
        """
        for name, value in (("queries", queries), ("corpus", corpus), ("relevant_docs", relevant_docs)):
            if not isinstance(value, Mapping):
                raise InputTypeError(f"{name} is a {type(value).__name__}", accepted="a dict from ids")
        if not corpus:
            raise InputError("corpus is empty", accepted="at least one document")
        if not queries:
            raise InputError("queries is empty", accepted="at least one query")
        relevant = {query: _ids(relevant_docs.get(query, ()), query) for query in queries}
        kept = [query for query, ids in relevant.items() if ids]
        if not kept:
            raise InputError(
                f"none of {len(queries)} queries has relevant documents",
                accepted="relevant_docs={query id: {document id, ...}} with the ids of queries",
                fix=_hint(queries, relevant_docs, "queries", "relevant_docs"),
            )
        if len(kept) < len(queries):
            _logger.warning(
                "%d of %d queries have no relevant documents: left out.", len(queries) - len(kept), len(queries)
            )
        return cls(
            query_ids=kept,
            queries=[queries[query] for query in kept],
            corpus_ids=list(corpus),
            corpus=list(corpus.values()),
            totals_Q=np.array([len(relevant[query]) for query in kept], np.int64),
            keys=_keys([relevant[query] for query in kept], corpus),
        )

    def relevance(self, ids_Qk: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Look up which documents that were found are relevant.

        Args:
            ids_Qk: Numbers of documents for each query; -1 for an empty place.

        Returns:
            Whether each is relevant, (Q, k).
        """
        wanted_Qk = np.arange(len(ids_Qk))[:, None] * len(self.corpus_ids) + ids_Qk
        places_Qk = np.minimum(np.searchsorted(self.keys, wanted_Qk), len(self.keys) - 1)
        relevant_Qk: NDArray[np.bool_] = (self.keys[places_Qk] == wanted_Qk) & (ids_Qk >= 0)
        return relevant_Qk


def _ids(given: Any, query: Any) -> set[Any]:
    if isinstance(given, str | bytes) or not isinstance(given, Collection):
        raise InputTypeError(
            f"relevant_docs[{query!r}] is {given!r}", accepted="a set of document ids", fix=f"{{{given!r}}}"
        )
    if isinstance(given, Mapping):
        return {document for document, grade in given.items() if grade > 0}
    return set(given)


def _keys(relevant: list[set[Any]], corpus: Mapping[Any, Any]) -> NDArray[np.int64]:
    wanted = set().union(*relevant)
    numbers = {document: number for number, document in enumerate(corpus) if document in wanted}
    missing = [document for document in wanted if document not in numbers]
    if not numbers:
        raise InputError(
            f"none of {len(wanted)} relevant documents is in the corpus",
            accepted="relevant_docs with ids of corpus",
            fix=_hint(corpus, wanted, "corpus", "relevant_docs"),
        )
    if missing:
        example = min(missing, key=str)
        _logger.warning(
            "%d of %d relevant documents, such as %r, are not in the corpus: they count as never found.",
            len(missing),
            len(wanted),
            example,
        )
    keys = [
        query * len(corpus) + numbers[document]
        for query, documents in enumerate(relevant)
        for document in documents
        if document in numbers
    ]
    return np.sort(np.array(keys, np.int64))


def _hint(left: Collection[Any], right: Collection[Any], left_name: str, right_name: str) -> str:
    """Ids of both sides, to be compared: most often the one are numbers and the other are texts."""
    first, second = next(iter(left), None), next(iter(right), None)
    return f"compare the ids: {left_name} has {first!r}, {right_name} has {second!r}"
