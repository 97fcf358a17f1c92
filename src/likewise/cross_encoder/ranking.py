"""The documented arguments of `rank` to pairs, and scores to sorted lists. Knows no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from likewise.errors import InputError, InputTypeError

_ONE = "model.rank('a query', ['a passage', 'another passage'])"
_MANY = "model.rank(['query 1', 'query 2'], [['passage'], ['passage', 'another']])"


@final
@dataclass(frozen=True, slots=True)
class RankRequest:
    """What is to be ranked: for each query, its documents.

    Args:
        queries: The queries.
        documents: As many lists of documents.
        single: Whether the caller gave one query by itself, and so gets one list by itself.
    """

    queries: list[Any]
    documents: list[list[Any]]
    single: bool

    @classmethod
    def of(cls, query: Any, documents: Any) -> Self:
        """Take what the caller gave apart and check it.

        Args:
            query: One query, or a list of queries; a text, as everywhere here, may be given as `{"text": "..."}`.
            documents: A list of documents, for one query or for all of them; or one such list for each query.

        Returns:
            The request.

        Raises:
            InputTypeError: If something is of a kind that cannot be used.
            InputError: If there are not as many lists of documents as queries.

        Example:
            >>> RankRequest.of(["q", "r"], ["a", "b"]).documents
            [['a', 'b'], ['a', 'b']]
        """
        single = _is_text(query)
        queries = [query] if single else _listed(query, "query", "a text, or a list of texts", _ONE)
        for at, text in enumerate(queries):
            if not _is_text(text):
                raise InputTypeError(
                    f"query {at} is {text!r} of type {type(text).__name__}", accepted="a text", fix=_MANY
                )
        given = _listed(documents, "documents", "a list of texts", _ONE)
        if single or all(_is_text(item) for item in given):
            _check_documents(given)
            return cls(queries, [given for _ in queries], single)
        if len(given) != len(queries):
            raise InputError(
                f"{len(queries)} queries with {len(given)} lists of documents",
                accepted="as many lists as queries, or one list of texts for all of them",
                fix=_MANY,
            )
        lists = [_listed(item, f"documents[{at}]", "a list of texts", _MANY) for at, item in enumerate(given)]
        for each in lists:
            _check_documents(each)
        return cls(queries, lists, single)

    def pairs(self) -> list[tuple[Any, Any]]:
        """All pairs of a query with one of its documents, query by query."""
        return [
            (query, each) for query, each_list in zip(self.queries, self.documents, strict=True) for each in each_list
        ]

    def ranked(self, scores: np.ndarray, *, top_k: int | None, return_documents: bool) -> Any:
        """Sort the documents of each query by score, highest first; equal ones stay in their order, NaN goes last.

        Args:
            scores: float [number of pairs], in the order of `pairs`.
            top_k: How many of each query are given; None gives all.
            return_documents: Whether the entries hold the documents.

        Returns:
            For each query, dictionaries of `corpus_id`, `score` (a Python float) and, if asked for, `text`; without the
            outer list for a single query.
        """
        values, start = np.asarray(scores, dtype=np.float64), 0
        lists = []
        for texts in self.documents:
            part, start = values[start : start + len(texts)], start + len(texts)
            order = np.argsort(-part, kind="stable")[:top_k]
            entries = [{"corpus_id": at, "score": float(part[at])} for at in order.tolist()]
            lists.append(
                [{**each, "text": texts[each["corpus_id"]]} for each in entries] if return_documents else entries
            )
        return lists[0] if self.single else lists


def check_top_k(top_k: Any) -> int | None:
    """Check how many results are asked for.

    Args:
        top_k: The number, or None.

    Returns:
        The same.

    Raises:
        InputTypeError: If it is no integer.
        InputError: If it is less than 1.
    """
    if top_k is None:
        return None
    if isinstance(top_k, bool) or not isinstance(top_k, int | np.integer):
        raise InputTypeError(f"top_k={top_k!r}", accepted="an integer of at least 1, or None")
    if top_k < 1:
        raise InputError(f"top_k={top_k}", accepted="an integer of at least 1, or None")
    return int(top_k)


def _is_text(item: object) -> bool:
    """A text, or a dictionary that holds one; which keys it may have is checked with the pairs."""
    return isinstance(item, str | Mapping)


def _check_documents(given: Sequence[Any]) -> None:
    for at, item in enumerate(given):
        if not _is_text(item):
            shown = "None" if item is None else f"a {type(item).__name__}"
            raise InputTypeError(f"document {at} is {shown}", accepted="a text", fix=_ONE)


def _listed(given: Any, name: str, accepted: str, fix: str) -> list[Any]:
    if given is None or isinstance(given, str | bytes | Mapping | set | frozenset) or not isinstance(given, Iterable):
        shown = repr(given)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        raise InputTypeError(f"{name} is {shown} of type {type(given).__name__}", accepted=accepted, fix=fix)
    return given.tolist() if isinstance(given, np.ndarray) else list(given)
