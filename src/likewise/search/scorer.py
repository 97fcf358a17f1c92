"""Scores a tile of queries and documents: `MeasureScorer` by a similarity function of ours, `FunctionScorer` by any.

Finds NaN and infinity before they are ranked. Does not know the tile loop.

Legend: Q queries, K documents of a tile, C candidate pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, ShapeError
from likewise.search.backend import Backend, Matrix
from likewise.search.measure import LONGEST, SHORTEST, Block, Measure
from likewise.search.numpy_backend import reaching
from likewise.search.rows import some_rows
from likewise.search.top_k import Candidates, Floats, Ids, best_of_rows

# So many candidates of a query in one tile are cheaper to score as a matrix.
_CROWD = 64
_PAIRS_AT_ONCE = 256  # their rows fit the cache
_PATIENCE = 3  # tiles in which rough products did not tell documents apart, before these are no longer tried


@dataclass(frozen=True, slots=True)
class Guesses:
    """Pairs of a query and a document, with limits of their scores.

    Args:
        queries: Row of the query in its tile, int64.
        documents: Row of the document, int64.
        lows: Level of the lowest score that the document may have, float32.
        highs: Level of its highest, float32.
    """

    queries: Ids
    documents: Ids
    lows: Floats
    highs: Floats


class Scorer(Protocol):
    """Scores tiles."""

    scores_at_once: int
    """So many scores of a tile are fastest."""

    def load(self, source: Any, start: int, stop: int, name: str) -> Block:
        """Rows of the user's embeddings, checked."""

    def best(self, queries: Block, documents: Block, top_k: int) -> Candidates:
        """The k best documents of each query, equal scores by the lower row."""

    def above(self, queries: Block, documents: Block, thresholds_Q: Floats, top_k: int) -> Candidates:
        """At least those of the k best documents of each query whose score exceeds the query's threshold."""


@final
class MeasureScorer:
    """Scores by one of the library's similarity functions.

    Args:
        measure: The similarity function.
        ops: The library that holds the matrices.
        rough: The same library with faster products, to be tried first where only candidates are looked for.
    """

    def __init__(self, measure: Measure, ops: Backend, rough: Backend | None = None) -> None:
        self._measure = measure
        self._ops = ops
        self._rough = rough
        self._failures = 0
        self.scores_at_once = ops.scores_at_once
        self._prepared: tuple[Block, Matrix] | None = None

    def load(self, source: Any, start: int, stop: int, name: str) -> Block:
        """Rows of the user's embeddings, checked."""
        return load_block(self._ops, source, start, stop, name)

    def best(self, queries: Block, documents: Block, top_k: int) -> Candidates:
        """The k best documents of each query."""
        with np.errstate(over="ignore"):  # an infinite score is reported below
            scores_QK = self._ops.host(self._measure.dense(self._ops, queries, documents)).astype(np.float32)
        return self._score(queries, documents, *best_of_rows(scores_QK, top_k))

    def above(self, queries: Block, documents: Block, thresholds_Q: Floats, top_k: int) -> Candidates:
        """The documents that may exceed the threshold, by fast scores; the best, if these are too many."""
        if not (queries.is_moderate and documents.is_moderate):
            return self.best(queries, documents, top_k)
        errors_Q = self._measure.errors(self._ops, queries, documents)
        floors_Q = _below(self._measure.levels(queries, thresholds_Q) - errors_Q)
        fast_QK = self._measure.fast(self._ops, queries, documents)
        most = max(_CROWD, 2 * top_k) * len(floors_Q)
        places = self._ops.at_least(fast_QK, floors_Q, most)
        if places is None:
            return self.best(queries, documents, top_k)
        return _better(self._score(queries, documents, *places), thresholds_Q)

    def levels(self, queries: Block, scores_Q: Floats) -> NDArray[np.float64]:
        """Fast scores, without rounding, that belong to exact scores.

        Args:
            queries: Queries.
            scores_Q: A score for each, (Q,).

        Returns:
            Fast scores, (Q,); they are comparable among the documents of a query.
        """
        return self._measure.levels(queries, scores_Q)

    def guess(self, queries: Block, documents: Block, lows_Q: NDArray[np.float64], top_k: int) -> Guesses | None:
        """Find the documents that may be among the best by their fast scores alone.

        Args:
            queries: Queries.
            documents: Documents of a tile.
            lows_Q: Levels that what is found must reach, (Q,).
            top_k: How many documents are kept for each query.

        Returns:
            All of the k best documents of each query that reach its level, and some more; None if fast scores are not
            safe, or do not tell documents apart.
        """
        if not (queries.is_moderate and documents.is_moderate):
            return None
        if self._rough is not None:
            found = self._guess(self._rough, queries, documents, lows_Q, top_k)
            if found is not None:
                return found
            self._failures += 1
            if self._failures == _PATIENCE:
                self._rough = None
        return self._guess(self._ops, queries, documents, lows_Q, top_k)

    def _guess(
        self, ops: Backend, queries: Block, documents: Block, lows_Q: NDArray[np.float64], top_k: int
    ) -> Guesses | None:
        most = max(_CROWD, 2 * top_k) * len(lows_Q)
        errors_Q = self._measure.errors(ops, queries, documents)
        floors_Q = lows_Q - errors_Q
        fast_QK = self._measure.fast(ops, queries, documents)
        places = ops.at_least(fast_QK, _below(floors_Q), most)
        if places is None:  # as in the first tile
            floors_Q = np.maximum(floors_Q, ops.kth_largest(fast_QK, top_k) - 2 * errors_Q)
            places = ops.at_least(fast_QK, _below(floors_Q), most)
            if places is None:
                return None
        rows_C, columns_C = places
        fast_C, errors_C = ops.values(fast_QK, rows_C, columns_C).astype(np.float64), errors_Q[rows_C]
        return Guesses(rows_C, columns_C, _below(fast_C - errors_C), -_below(-fast_C - errors_C))

    def scores_of(self, queries: Block, source: Any, pairs: tuple[Ids, Ids], name: str) -> Floats:
        """Score pairs exactly.

        Args:
            queries: Queries.
            source: The user's embeddings of documents.
            pairs: Rows of queries and of the source, (C,) each.
            name: The argument's name, for messages.

        Returns:
            Scores, (C,).

        Raises:
            InputError: If a score is NaN or infinite.
        """
        rows_C, numbers_C = pairs
        parts = [np.empty(0, np.float32)]
        for start in range(0, len(rows_C), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            documents = self._ops.load(some_rows(source, numbers_C[part]), 0, len(numbers_C[part]))
            parts.append(self._exact(queries, rows_C[part], documents))
        scores_C: Floats = np.concatenate(parts)
        _check_scores(scores_C)
        return scores_C

    def above_mutually(
        self, left: Block, right: Block, thresholds: tuple[Floats, Floats], top_k: int
    ) -> tuple[Candidates, Candidates]:
        """`above` for the rows of both sides at the cost of one product; the similarity must be the same either way.

        Args:
            left: Rows of one side.
            right: Rows of the other.
            thresholds: Scores that what is found for the rows of each side must exceed.
            top_k: How many documents are kept for each row.

        Returns:
            What was found for the rows of the left side, and for those of the right side.
        """
        if not (left.is_moderate and right.is_moderate):
            return self.best(left, right, top_k), self.best(right, left, top_k)
        ops, measure, most = self._ops, self._measure, max(_CROWD, 2 * top_k)
        mutual = measure.mutual(ops, left, right)
        floors = [_below(measure.mutual_floors(ops, left, right, side)) for side in thresholds]
        rows = ops.at_least(mutual, floors[0], most * len(floors[0]))
        columns = ops.at_least_by_column(mutual, floors[1], most * len(floors[1]))
        for_left = self.best(left, right, top_k) if rows is None else self._score(left, right, *rows)
        if columns is None:
            return _better(for_left, thresholds[0]), self.best(right, left, top_k)
        # Scored from the left as well, so that the left side is prepared once for all that it meets.
        found = self._score(left, right, *columns)
        for_right = Candidates(found.documents, found.queries, found.scores)
        return _better(for_left, thresholds[0]), _better(for_right, thresholds[1])

    def _score(self, queries: Block, documents: Block, rows_C: Ids, columns_C: Ids) -> Candidates:
        scores_C = np.empty(len(rows_C), np.float32)
        for start in range(0, len(rows_C), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            scores_C[part] = self._exact(queries, rows_C[part], self._ops.take(documents.matrix, columns_C[part]))
        _check_scores(scores_C)
        return Candidates(rows_C, columns_C, scores_C)

    def _exact(self, queries: Block, rows_C: Ids, documents_CD: Matrix) -> Floats:
        ops = self._ops
        if self._prepared is None or self._prepared[0] is not queries:  # the same queries meet many documents
            self._prepared = queries, self._measure.prepared(ops, queries)
        with np.errstate(over="ignore"):  # an infinite score is reported by the caller
            scores_C = self._measure.pairs(ops, ops.take(self._prepared[1], rows_C), ops.wide(documents_CD))
            return scores_C.astype(np.float32)


@final
class FunctionScorer:
    """Scores by a function of the user's, which gets float32 tensors (Q, dim) and (K, dim) and returns (Q, K).

    Args:
        function: The score function; larger is better.
        ops: The library that holds the matrices.
    """

    def __init__(self, function: Callable[[Any, Any], Any], ops: Backend) -> None:
        self._function = function
        self._ops = ops
        self.scores_at_once = ops.scores_at_once

    def load(self, source: Any, start: int, stop: int, name: str) -> Block:
        """Rows of the user's embeddings, checked."""
        return load_block(self._ops, source, start, stop, name)

    def best(self, queries: Block, documents: Block, top_k: int) -> Candidates:
        """The k best documents of each query."""
        scores_QK = self._call(queries, documents)
        return _picked(scores_QK, *best_of_rows(scores_QK, top_k))

    def above(self, queries: Block, documents: Block, thresholds_Q: Floats, top_k: int) -> Candidates:
        """The documents above the threshold; the best, if these are too many."""
        scores_QK = self._call(queries, documents)
        floors_Q = np.nextafter(thresholds_Q, np.float32(np.inf))
        places = reaching(scores_QK, floors_Q[:, None], max(_CROWD, top_k) * len(floors_Q))
        return _picked(scores_QK, *(best_of_rows(scores_QK, top_k) if places is None else places))

    def _call(self, queries: Block, documents: Block) -> Floats:
        result = self._function(queries.matrix, documents.matrix)
        scores = result if isinstance(result, np.ndarray) else self._ops.host(result.float())
        expected = (len(queries.norms), len(documents.norms))
        if tuple(scores.shape) != expected:
            raise ShapeError(
                f"score_function returned scores of shape {tuple(scores.shape)}",
                accepted=f"{expected}: a score for every query and every document",
                fix="use an all-pairs function such as cos_sim, not a pairwise one",
            )
        scores_QK: Floats = scores.astype(np.float32, copy=False)
        _check_scores(scores_QK)
        return scores_QK


def load_block(ops: Backend, source: Any, start: int, stop: int, name: str) -> Block:
    """Load rows, measure them, and refuse NaN and infinity.

    Args:
        ops: The library that holds the matrices.
        source: The user's embeddings.
        start: First row.
        stop: The row after the last.
        name: The argument's name, for the message.

    Returns:
        The rows and their lengths.

    Raises:
        InputError: If a row holds NaN or infinity; names the row.

    Example:
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> load_block(NumpyBackend(), np.array([[3, 4]], np.int8), 0, 1, "queries").norms
        array([5.])
    """
    matrix = ops.load(source, start, stop)
    with np.errstate(over="ignore"):
        norms = ops.host(ops.row_dots(matrix, matrix)).astype(np.float64) ** 0.5
    # The squares of very short or very long rows leave the range of float32. NaN and infinity end up here, too.
    extreme = np.flatnonzero(~((norms > SHORTEST) & (norms < LONGEST)))
    if extreme.size:
        rows = ops.host(ops.take(matrix, extreme)).astype(np.float64)
        _check_rows(rows, extreme + start, name)
        norms[extreme] = np.linalg.norm(rows, axis=1)
    return Block(matrix, norms)


def _check_rows(rows: NDArray[np.float64], numbers: NDArray[np.int64], name: str) -> None:
    wrong = np.flatnonzero(~np.isfinite(rows).all(1))
    if wrong.size:
        first = wrong[0]
        what = "NaN" if np.isnan(rows[first]).any() else "infinity, or a number beyond float32"
        raise InputError(
            f"{name}, row {numbers[first]}, holds {what}",
            accepted="finite numbers: such a row cannot be ranked",
            fix=f"leave row {numbers[first]} out, or encode its text again",
        )


def _check_scores(scores: Floats) -> None:
    if not np.isfinite(scores).all():
        raise InputError(
            "a score is NaN or infinite",
            accepted="finite scores: such a score cannot be ranked",
            fix="normalize_embeddings(embeddings) first, or check score_function",
        )


def _below(values: NDArray[np.float64]) -> Floats:
    """float32 numbers below these, however they were rounded."""
    return np.nextafter(values.astype(np.float32), np.float32(-np.inf))


def _better(found: Candidates, thresholds_Q: Floats) -> Candidates:
    better = found.scores > thresholds_Q[found.queries]
    return Candidates(found.queries[better], found.documents[better], found.scores[better])


def _picked(scores_QK: Floats, rows_C: Ids, columns_C: Ids) -> Candidates:
    return Candidates(rows_C, columns_C, scores_QK[rows_C, columns_C])
