r"""How a tile of scores is computed: fast in float32, to find the few candidates, and exactly, to rank them.

The fast scores of a tile are one float32 matrix product. Its rounding error has a known bound, so a document whose fast
score stays below the threshold by more than that bound cannot be among the best; those that remain are scored again,
pair by pair, in float64. So results do not depend on tile sizes, and equal documents have exactly equal scores.
Does not know which documents are kept, nor which library holds the matrices.

Legend: Q queries, K documents of a tile, C candidate pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from likewise.search.backend import Backend, Matrix

_FLOAT32 = 2.0**-24
_FLOAT64 = 2.0**-52
_UNIT = 1e-6  # by how much the length of a row that was normalised in float32 may differ from 1
# Within these lengths no float32 product of two rows overflows, and none that matters underflows.
SHORTEST, LONGEST = 1e-12, 1e15


@dataclass(frozen=True)
class Block:
    """Rows of one side, with their lengths.

    Args:
        matrix: float32 rows, (rows, dim).
        norms: Their Euclidean lengths, float64, (rows,).
    """

    matrix: Matrix
    norms: NDArray[np.float64]

    @cached_property
    def longest(self) -> float:
        """Length of the longest row.

        Returns:
            The length; 0 without rows.
        """
        return float(self.norms.max(initial=0.0))

    @cached_property
    def is_moderate(self) -> bool:
        """Whether the fast float32 product is safe.

        Returns:
            False if a row is extremely long or, but for zeros, extremely short.
        """
        return bool(((self.norms == 0) | ((self.norms > SHORTEST) & (self.norms < LONGEST))).all())

    @cached_property
    def has_unit_rows(self) -> bool:
        """Whether all rows have length 1, but for rounding.

        Returns:
            True if so.
        """
        return bool((np.abs(self.norms - 1) < _UNIT).all())


class Measure(Protocol):
    """One similarity function on blocks of rows."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """Values (Q, K), float32, that order the documents of a query almost as their scores do."""

    def errors(self, ops: Backend, queries: Block, documents: Block) -> NDArray[np.float64]:
        """Bound, for each query, of the difference of `fast` from the level of a score."""

    def levels(self, queries: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The value, for each query, that `fast` would have at a score, were it exact."""

    def mutual(self, ops: Backend, left: Block, right: Block) -> Matrix:
        """Values (Q, K), float32, that order all pairs almost as their scores do, seen from either side."""

    def mutual_errors(self, ops: Backend, left: Block, right: Block) -> NDArray[np.float64]:
        """Bound, for each left row, of the difference of `mutual` from the level of a score."""

    def mutual_levels(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The values that `mutual` would have at scores, were it exact: larger for better pairs of any rows."""

    def mutual_scores(self, levels: NDArray[Any]) -> NDArray[np.float64]:
        """The scores at values of `mutual`, were it exact: the inverse of `mutual_levels`."""

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """Scores (Q, K) in float64."""

    def prepared(self, ops: Backend, matrix: Matrix) -> Matrix:
        """Rows of queries as `pairs` takes them, in float64."""

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Scores of a prepared query and a document in the same row, both in float64."""


def error_bound(ops: Backend, documents: Block) -> float:
    """Bound of the error of a float32 dot product, relative to the product of the lengths, with room to spare."""
    dim = int(documents.matrix.shape[1])
    return (2 * dim + 16) * _FLOAT32 + ops.product_error


@final
class Dot:
    """The dot product."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The product in float32."""
        return ops.product(queries.matrix, documents.matrix)

    def errors(self, ops: Backend, queries: Block, documents: Block) -> NDArray[np.float64]:
        """The error of a product of the longest document."""
        return error_bound(ops, documents) * queries.norms * documents.longest

    def levels(self, queries: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The score."""
        return _as_float64(thresholds_Q)

    def mutual(self, ops: Backend, left: Block, right: Block) -> Matrix:
        """The same as `fast`."""
        return self.fast(ops, left, right)

    def mutual_errors(self, ops: Backend, left: Block, right: Block) -> NDArray[np.float64]:
        """The same as `errors`."""
        return self.errors(ops, left, right)

    def mutual_levels(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The score."""
        return _as_float64(scores)

    def mutual_scores(self, levels: NDArray[Any]) -> NDArray[np.float64]:
        """The same."""
        return _as_float64(levels)

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The product in float64."""
        return ops.wide(queries.matrix) @ ops.wide(documents.matrix).T

    def prepared(self, ops: Backend, matrix: Matrix) -> Matrix:
        """The rows in float64."""
        return ops.wide(matrix)

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        return ops.exact_row_dots(queries_CD, documents_CD)


@final
class Cosine:
    """The cosine of the angle; 0 for a zero row."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The float32 product with documents at unit length; the length of the query does not change its order."""
        if documents.has_unit_rows:
            return ops.product(queries.matrix, documents.matrix)
        scale_K = ops.vector(_reciprocal(documents.norms), documents.matrix)
        # Scaling touches the smaller matrix: the documents, or, with few queries, the scores.
        if 4 * queries.matrix.shape[0] > documents.matrix.shape[1]:
            return ops.product(queries.matrix, ops.scale_rows(documents.matrix, scale_K))
        fast_QK = ops.product(queries.matrix, documents.matrix)
        fast_QK *= scale_K[None, :]
        return fast_QK

    def errors(self, ops: Backend, queries: Block, documents: Block) -> NDArray[np.float64]:
        """The error of a product with a document of unit length."""
        return (error_bound(ops, documents) + (_UNIT if documents.has_unit_rows else 0.0)) * queries.norms

    def levels(self, queries: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The score in lengths of the query."""
        levels_Q = np.where(thresholds_Q < 0, -np.inf, np.inf)  # all scores of a zero query are 0
        np.multiply(thresholds_Q, queries.norms, out=levels_Q, where=queries.norms > 0)
        return levels_Q

    def mutual(self, ops: Backend, left: Block, right: Block) -> Matrix:
        """The cosine in float32."""
        mutual_QK = self.fast(ops, left, right)
        if not left.has_unit_rows:
            mutual_QK *= ops.vector(_reciprocal(left.norms), left.matrix)[:, None]
        return mutual_QK

    def mutual_errors(self, ops: Backend, left: Block, right: Block) -> NDArray[np.float64]:
        """The error of a product of rows of unit length."""
        return np.full(len(left.norms), error_bound(ops, right) + 2 * _UNIT)

    def mutual_levels(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The score."""
        return _as_float64(scores)

    def mutual_scores(self, levels: NDArray[Any]) -> NDArray[np.float64]:
        """The same."""
        return _as_float64(levels)

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The same in float64."""
        return _unit_rows(ops, queries.matrix) @ _unit_rows(ops, documents.matrix).T

    def prepared(self, ops: Backend, matrix: Matrix) -> Matrix:
        """The rows in float64, at unit length."""
        return _unit_rows(ops, matrix)

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        documents_C = ops.exact_row_dots(documents_CD, documents_CD) ** 0.5
        return ops.exact_row_dots(queries_CD, documents_CD) * _reciprocal(documents_C)


@final
class Euclidean:
    r"""The negative Euclidean distance, found through $\lVert q-d \rVert^2 = q^2 - (2\,q \cdot d - d^2)$."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """What is in brackets above: one product, and one subtraction for each score."""
        squares = ops.vector(documents.norms**2, documents.matrix)
        fast_QK = ops.product(queries.matrix * 2, documents.matrix)
        fast_QK -= squares[None, :]
        return fast_QK

    def errors(self, ops: Backend, queries: Block, documents: Block) -> NDArray[np.float64]:
        """The error of products and squares."""
        return error_bound(ops, documents) * (queries.norms + documents.longest) ** 2

    def levels(self, queries: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The value in brackets at the score's distance."""
        return queries.norms**2 - _as_float64(thresholds_Q) ** 2

    def mutual(self, ops: Backend, left: Block, right: Block) -> Matrix:
        """The negative squared distance in float32."""
        mutual_QK = self.fast(ops, left, right)
        mutual_QK -= ops.vector(left.norms**2, left.matrix)[:, None]
        return mutual_QK

    def mutual_errors(self, ops: Backend, left: Block, right: Block) -> NDArray[np.float64]:
        """The same as `errors`."""
        return self.errors(ops, left, right)

    def mutual_levels(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The negative square of the distance."""
        return -(_as_float64(scores) ** 2)

    def mutual_scores(self, levels: NDArray[Any]) -> NDArray[np.float64]:
        """The negative root."""
        return -np.sqrt(np.maximum(-_as_float64(levels), 0.0))

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The distance in float64; 0 where rounding leaves nothing of it."""
        queries_QD, documents_KD = ops.wide(queries.matrix), ops.wide(documents.matrix)
        sums_QK = ops.row_dots(queries_QD, queries_QD)[:, None] + ops.row_dots(documents_KD, documents_KD)[None, :]
        squares_QK = sums_QK - (queries_QD * 2) @ documents_KD.T
        noise = (int(queries_QD.shape[1]) + 8) * _FLOAT64
        return -((squares_QK * (squares_QK > noise * sums_QK)) ** 0.5)

    def prepared(self, ops: Backend, matrix: Matrix) -> Matrix:
        """The rows in float64."""
        return ops.wide(matrix)

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row, from the differences."""
        differences = queries_CD - documents_CD
        return _as_float64(0.0 - ops.exact_row_dots(differences, differences) ** 0.5)


@final
class Manhattan:
    """The negative sum of absolute differences. There is no matrix product to be had; the tile is what it is."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The score in float32."""
        return -ops.manhattan(queries.matrix, documents.matrix)

    def errors(self, ops: Backend, queries: Block, documents: Block) -> NDArray[np.float64]:
        """The error of a sum, which is at most a row's length times the root of its dimension."""
        root = math.sqrt(documents.matrix.shape[1])
        return error_bound(ops, documents) * root * (queries.norms + documents.longest)

    def levels(self, queries: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The score."""
        return _as_float64(thresholds_Q)

    def mutual(self, ops: Backend, left: Block, right: Block) -> Matrix:
        """The same as `fast`."""
        return self.fast(ops, left, right)

    def mutual_errors(self, ops: Backend, left: Block, right: Block) -> NDArray[np.float64]:
        """The same as `errors`."""
        return self.errors(ops, left, right)

    def mutual_levels(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The score."""
        return _as_float64(scores)

    def mutual_scores(self, levels: NDArray[Any]) -> NDArray[np.float64]:
        """The same."""
        return _as_float64(levels)

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The same in float64."""
        return -ops.manhattan(ops.wide(queries.matrix), ops.wide(documents.matrix))

    def prepared(self, ops: Backend, matrix: Matrix) -> Matrix:
        """The rows in float64."""
        return ops.wide(matrix)

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        return _as_float64(0.0 - ops.host(abs(queries_CD - documents_CD).sum(-1)))


def _unit_rows(ops: Backend, matrix: Matrix) -> Matrix:
    rows = ops.wide(matrix)
    scale = ops.vector(_reciprocal(ops.exact_row_dots(rows, rows) ** 0.5), rows)
    return rows * scale[:, None]


def _as_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _reciprocal(norms: NDArray[Any]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.divide(1.0, norms, out=np.zeros(len(norms)), where=norms > 0)
    return result
