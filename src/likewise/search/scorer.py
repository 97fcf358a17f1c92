"""Scores a tile of queries and documents: `MeasureScorer` by a similarity function of ours, `FunctionScorer` by any.

Finds NaN and infinity before they are ranked. Does not know the tile loop.

Legend: Q queries, K documents of a tile, C candidate pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, ShapeError
from likewise.search.backend import Backend, Matrix
from likewise.search.guesses import Guesses, above, below, guesses
from likewise.search.measure import LONGEST, SHORTEST, Block, Measure
from likewise.search.numpy_backend import reaching
from likewise.search.rows import some_rows
from likewise.search.top_k import Candidates, Floats, Ids, best_of_rows

# So many candidates of a query in one tile are cheaper to score as a matrix.
_CROWD = 64
_PAIRS_AT_ONCE = 256  # their rows fit the cache
_VALUES_AT_ONCE = 2**17
_Found = TypeVar("_Found")
_PATIENCE = 3  # tiles in a row in which rough products did not tell rows apart, before these are no longer tried


class Scorer(Protocol):
    """What `MeasureScorer` and `FunctionScorer` share."""

    scores_at_once: int
    """So many scores of a tile are fastest."""

    def load(self, source: Any, start: int, stop: int, name: str) -> Block:
        """Rows of the user's embeddings, checked."""


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

    def load_again(self, source: Any, start: int, stop: int, norms: NDArray[np.float64]) -> Block:
        """Rows that were loaded before, with the lengths that they had then."""
        return Block(self._ops.load(source, start, stop), norms)

    def best(self, queries: Block, documents: Block, top_k: int) -> Candidates:
        """The k best documents of each query."""
        with np.errstate(over="ignore"):  # an infinite score is reported below
            scores_QK = self._ops.host(self._measure.dense(self._ops, queries, documents)).astype(np.float32)
        return self._score(queries, documents, *best_of_rows(scores_QK, top_k))

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
        measure, room = self._measure, max(_CROWD, 2 * top_k)
        return self._roughly_first(
            lambda ops: guesses(
                ops,
                measure.fast(ops, queries, documents),
                lows_Q,
                measure.errors(ops, queries, documents),
                top_k,
                room=room,
            )
        )

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

    def guess_mutually(
        self, left: Block, right: Block, lows: Sequence[Floats], top_k: int, *, roughly: bool
    ) -> list[Guesses] | None:
        """`guess` for the rows of one or both sides at the cost of one product; the similarity must be symmetric.

        Args:
            left: Rows of one side.
            right: Rows of the other.
            lows: Scores that what is found for the rows of a side must reach: of the left side, or of both.
            top_k: How many others are kept for each row.
            roughly: Whether rough products may be tried.

        Returns:
            What was found for each side of which there are scores, its rows as `queries`, with limits of the scores
            themselves, as `best_mutually` rounds them. None as with `guess`.
        """
        if not (left.is_moderate and right.is_moderate):
            return None
        levels = [self._measure.mutual_levels(side) for side in lows]
        if roughly:
            return self._roughly_first(lambda ops: self._guess_mutually(ops, left, right, levels, top_k))
        return self._guess_mutually(self._ops, left, right, levels, top_k)

    def best_mutually(
        self, left: Block, right: Block, thresholds: Sequence[Floats], top_k: int
    ) -> tuple[Candidates, Candidates]:
        """Of the k best others of each row of both sides those above its threshold, scored from the left.

        Args:
            left: Rows of one side.
            right: Rows of the other, or the same: then pairs are scored from the lower row.
            thresholds: For each side a score for each row.
            top_k: How many others are kept for each row.

        Returns:
            What was found for the left side, and for the right side.

        Raises:
            InputError: If a score is NaN or infinite.
        """
        with np.errstate(over="ignore"):  # an infinite score is reported below
            scores_LR = self._ops.host(self._measure.dense(self._ops, left, right)).astype(np.float32)
        rows_C, columns_C = best_of_rows(scores_LR, top_k)
        for_left = Candidates(rows_C, columns_C, self._mutual_scores(left, right, rows_C, columns_C))
        columns_C, rows_C = best_of_rows(np.ascontiguousarray(scores_LR.T), top_k)
        for_right = Candidates(columns_C, rows_C, self._mutual_scores(left, right, rows_C, columns_C))
        return _better(for_left, thresholds[0]), _better(for_right, thresholds[1])

    def _mutual_scores(self, left: Block, right: Block, rows_C: Ids, columns_C: Ids) -> Floats:
        if left is right:
            rows_C, columns_C = np.minimum(rows_C, columns_C), np.maximum(rows_C, columns_C)
        return self._score(left, right, rows_C, columns_C).scores

    def _roughly_first(self, guess: Callable[[Backend], _Found | None]) -> _Found | None:
        if self._rough is not None:
            found = guess(self._rough)
            if found is not None:
                self._failures = 0
                return found
            self._failures += 1
            if self._failures == _PATIENCE:
                self._rough = None
        return guess(self._ops)

    def _guess_mutually(
        self, ops: Backend, left: Block, right: Block, levels: Sequence[NDArray[np.float64]], top_k: int
    ) -> list[Guesses] | None:
        measure, room = self._measure, max(_CROWD, 2 * top_k)
        fast_LR, errors_L = measure.mutual(ops, left, right), measure.mutual_errors(ops, left, right)
        if len(levels) == 2 and all((side == levels[0][0]).all() for side in levels):
            found = guesses(ops, fast_LR, levels[0], errors_L, room=room)
            if found is not None:
                found = self._as_scores(found)
                return [found, Guesses(found.documents, found.queries, found.lows, found.highs)]
        found = guesses(ops, fast_LR, levels[0], errors_L, top_k, room=room)
        if found is None or len(levels) == 1:
            return found if found is None else [self._as_scores(found)]
        errors_R = measure.mutual_errors(ops, right, left)
        other = guesses(ops, fast_LR, levels[1], errors_R, top_k, room=room, by_column=True)
        return None if other is None else [self._as_scores(found), self._as_scores(other)]

    def _as_scores(self, found: Guesses) -> Guesses:
        scores_of = self._measure.mutual_scores
        return Guesses(found.queries, found.documents, below(scores_of(found.lows)), above(scores_of(found.highs)))

    def score_pairs(self, source: Any, pairs: tuple[Ids, Ids]) -> Floats:
        """Score pairs of rows of one set exactly.

        Args:
            source: The user's embeddings, which were loaded and checked before.
            pairs: Rows, (C,) each; fastest if the first ones are in order.

        Returns:
            Scores, (C,).

        Raises:
            InputError: If a score is NaN or infinite.
        """
        ops, measure, parts = self._ops, self._measure, [np.empty(0, np.float32)]
        changes_C = np.diff(pairs[0], prepend=-1) != 0
        rows, places_C = pairs[0][changes_C], changes_C.cumsum() - 1
        step = max(1, _VALUES_AT_ONCE // int(source.shape[1] or 1))
        for start in range(0, len(places_C), step):
            part = slice(start, start + step)
            some = rows[places_C[part][0] : places_C[part][-1] + 1]
            prepared = measure.prepared(ops, ops.load(some_rows(source, some), 0, len(some)))
            others = ops.wide(ops.load(some_rows(source, pairs[1][part]), 0, len(pairs[1][part])))
            with np.errstate(over="ignore"):  # an infinite score is reported below
                scores = measure.pairs(ops, ops.take(prepared, places_C[part] - places_C[start]), others)
                parts.append(scores.astype(np.float32))
        scores_C: Floats = np.concatenate(parts)
        _check_scores(scores_C)
        return scores_C

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
            self._prepared = queries, self._measure.prepared(ops, queries.matrix)
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


def _better(found: Candidates, thresholds_Q: Floats) -> Candidates:
    better = found.scores > thresholds_Q[found.queries]
    return Candidates(found.queries[better], found.documents[better], found.scores[better])


def _picked(scores_QK: Floats, rows_C: Ids, columns_C: Ids) -> Candidates:
    return Candidates(rows_C, columns_C, scores_QK[rows_C, columns_C])
