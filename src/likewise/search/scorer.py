"""Scores a tile of queries and documents: `MeasureScorer` by a similarity function of ours, `FunctionScorer` by any.

Finds NaN and infinity before they are ranked. Does not know the tile loop.

Legend: Q queries, K documents of a tile, C candidate pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, ShapeError
from likewise.search.backend import Backend, Matrix
from likewise.search.measure import Block, Measure
from likewise.search.numpy_backend import reaching
from likewise.search.top_k import Candidates, Floats, Ids, best_of_rows

# Within these lengths no float32 product of two rows overflows, and none that matters underflows.
_SHORTEST, _LONGEST = 1e-12, 1e15
# So many candidates of a query in one tile are cheaper to score as a matrix.
_CROWD = 64
_PAIRS_AT_ONCE = 256  # their rows fit the cache


class Scorer(Protocol):
    """Scores tiles."""

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
    """

    def __init__(self, measure: Measure, ops: Backend) -> None:
        self._measure = measure
        self._ops = ops
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
        if not (is_moderate(queries) and is_moderate(documents)):
            return self.best(queries, documents, top_k)
        floors_Q = self._measure.floors(self._ops, queries, documents, thresholds_Q).astype(np.float32)
        floors_Q = np.nextafter(floors_Q, np.float32(-np.inf))
        fast_QK = self._measure.fast(self._ops, queries, documents)
        most = max(_CROWD, 2 * top_k) * len(floors_Q)
        places = self._ops.at_least(fast_QK, floors_Q, most)
        if places is None:
            return self.best(queries, documents, top_k)
        return _better(self._score(queries, documents, *places), thresholds_Q)

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
        if not (is_moderate(left) and is_moderate(right)):
            return self.best(left, right, top_k), self.best(right, left, top_k)
        ops, measure, most = self._ops, self._measure, max(_CROWD, 2 * top_k)
        mutual = measure.mutual(ops, left, right)
        floors = [
            np.nextafter(measure.mutual_floors(ops, left, right, side).astype(np.float32), np.float32(-np.inf))
            for side in thresholds
        ]
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
        ops = self._ops
        if self._prepared is None or self._prepared[0] is not queries:  # the same queries meet many documents
            self._prepared = queries, self._measure.prepared(ops, queries)
        prepared = self._prepared[1]
        scores_C = np.empty(len(rows_C), np.float32)
        for start in range(0, len(rows_C), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            left = ops.take(prepared, rows_C[part])
            right = ops.wide(ops.take(documents.matrix, columns_C[part]))
            with np.errstate(over="ignore"):
                scores_C[part] = self._measure.pairs(ops, left, right)
        _check_scores(scores_C)
        return Candidates(rows_C, columns_C, scores_C)


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
    extreme = np.flatnonzero(~((norms > _SHORTEST) & (norms < _LONGEST)))
    if extreme.size:
        rows = ops.host(ops.take(matrix, extreme)).astype(np.float64)
        _check_rows(rows, extreme + start, name)
        norms[extreme] = np.linalg.norm(rows, axis=1)
    return Block(matrix, norms)


def is_moderate(block: Block) -> bool:
    """Whether the fast float32 product is safe.

    Args:
        block: Rows.

    Returns:
        False if a row is extremely long or, but for zeros, extremely short.
    """
    norms = block.norms
    return bool(((norms == 0) | ((norms > _SHORTEST) & (norms < _LONGEST))).all())


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


def _better(found: Candidates, thresholds_Q: Floats) -> Candidates:
    better = found.scores > thresholds_Q[found.queries]
    return Candidates(found.queries[better], found.documents[better], found.scores[better])


def _picked(scores_QK: Floats, rows_C: Ids, columns_C: Ids) -> Candidates:
    return Candidates(rows_C, columns_C, scores_QK[rows_C, columns_C])
