r"""How a tile of scores is computed: fast in float32, to find the few candidates, and exactly, to rank them.

The fast scores of a tile are one float32 matrix product. Its rounding error has a known bound, so a document whose fast
score stays below the threshold by more than that bound cannot be among the best; the others are scored again, pair by
pair, in float64. So results do not depend on tile sizes, and equal documents have exactly equal scores.
Does not know which documents are kept, nor which library holds the matrices.

Legend: Q queries, K documents of a tile, C candidate pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from likewise.search.backend import Backend, Matrix

_FLOAT32 = 2.0**-24
_FLOAT64 = 2.0**-52


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one side, with their lengths.

    Args:
        matrix: float32 rows, (rows, dim).
        norms: Their Euclidean lengths, float64, (rows,).
    """

    matrix: Matrix
    norms: NDArray[np.float64]

    @property
    def longest(self) -> float:
        """Length of the longest row.

        Returns:
            The length; 0 without rows.
        """
        return float(self.norms.max(initial=0.0))


class Measure(Protocol):
    """One similarity function on blocks of rows."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """Values (Q, K), float32, that order the documents of a query almost as their scores do."""

    def floors(self, ops: Backend, queries: Block, documents: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The value of `fast`, for each query, that every document with a score above the threshold reaches."""

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """Scores (Q, K) in float64."""

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Scores of a query and a document in the same row, from float32 rows, in float64."""


def error_bound(ops: Backend, documents: Block) -> float:
    """Bound of the error of a float32 dot product, relative to the product of the lengths, with room to spare."""
    dim = int(documents.matrix.shape[1])
    return (2 * dim + 16) * _FLOAT32 + 4 * ops.product_rounding


@final
class Dot:
    """The dot product."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The product in float32."""
        return ops.product(queries.matrix, documents.matrix)

    def floors(self, ops: Backend, queries: Block, documents: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The threshold less the error bound."""
        return _as_float64(thresholds_Q) - error_bound(ops, documents) * queries.norms * documents.longest

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The product in float64."""
        return ops.wide(queries.matrix) @ ops.wide(documents.matrix).T

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        return ops.exact_row_dots(queries_CD, documents_CD)


@final
class Cosine:
    """The cosine of the angle; 0 for a zero row."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The float32 product with documents at unit length; the length of the query does not change its order."""
        scale_K = ops.vector(_reciprocal(documents.norms), documents.matrix)
        # Scaling touches the smaller matrix: the documents, or, with few queries, the scores.
        if 4 * queries.matrix.shape[0] > documents.matrix.shape[1]:
            return ops.product(queries.matrix, ops.scale_rows(documents.matrix, scale_K))
        fast_QK = ops.product(queries.matrix, documents.matrix)
        fast_QK *= scale_K[None, :]
        return fast_QK

    def floors(self, ops: Backend, queries: Block, documents: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The threshold less the error bound, in lengths of the query."""
        floors_Q = (_as_float64(thresholds_Q) - error_bound(ops, documents)) * queries.norms
        # All scores of a zero query are 0, so no document is above a threshold.
        return np.where(queries.norms > 0, floors_Q, np.inf)

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The same in float64."""
        queries_QD, documents_KD = ops.wide(queries.matrix), ops.wide(documents.matrix)
        scale_Q = ops.vector(_reciprocal(ops.exact_row_dots(queries_QD, queries_QD) ** 0.5), queries_QD)
        scale_K = ops.vector(_reciprocal(ops.exact_row_dots(documents_KD, documents_KD) ** 0.5), documents_KD)
        return (queries_QD * scale_Q[:, None]) @ (documents_KD * scale_K[:, None]).T

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        queries_C = ops.exact_row_dots(queries_CD, queries_CD) ** 0.5
        documents_C = ops.exact_row_dots(documents_CD, documents_CD) ** 0.5
        # A product of the lengths before the division could leave the range of float64.
        return ops.exact_row_dots(queries_CD, documents_CD) * _reciprocal(queries_C) * _reciprocal(documents_C)


@final
class Euclidean:
    r"""The negative Euclidean distance, found through $\lVert q-d \rVert^2 = q^2 - (2\,q \cdot d - d^2)$."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """What is in brackets above: one product, and one subtraction for each score."""
        squares = ops.vector(documents.norms**2, documents.matrix)
        fast_QK = ops.product(queries.matrix * 2, documents.matrix)
        fast_QK -= squares[None, :]
        return fast_QK

    def floors(self, ops: Backend, queries: Block, documents: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The value in brackets at the threshold's distance, less the error bound."""
        scale = (queries.norms + documents.longest) ** 2
        return queries.norms**2 - _as_float64(thresholds_Q) ** 2 - error_bound(ops, documents) * scale

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The distance in float64; 0 where rounding leaves nothing of it."""
        queries_QD, documents_KD = ops.wide(queries.matrix), ops.wide(documents.matrix)
        sums_QK = ops.row_dots(queries_QD, queries_QD)[:, None] + ops.row_dots(documents_KD, documents_KD)[None, :]
        squares_QK = sums_QK - (queries_QD * 2) @ documents_KD.T
        noise = (int(queries_QD.shape[1]) + 8) * _FLOAT64
        return -((squares_QK * (squares_QK > noise * sums_QK)) ** 0.5)

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row, from the differences."""
        differences = ops.wide(queries_CD) - ops.wide(documents_CD)
        return _as_float64(0.0 - ops.exact_row_dots(differences, differences) ** 0.5)


@final
class Manhattan:
    """The negative sum of absolute differences. There is no matrix product to be had; the tile is what it is."""

    def fast(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The score in float32."""
        return -ops.manhattan(queries.matrix, documents.matrix)

    def floors(self, ops: Backend, queries: Block, documents: Block, thresholds_Q: NDArray[Any]) -> NDArray[np.float64]:
        """The threshold less the error bound; a row's sum is at most its length times the root of its dimension."""
        root = math.sqrt(documents.matrix.shape[1])
        return _as_float64(thresholds_Q) - error_bound(ops, documents) * root * (queries.norms + documents.longest)

    def dense(self, ops: Backend, queries: Block, documents: Block) -> Matrix:
        """The same in float64."""
        return -ops.manhattan(ops.wide(queries.matrix), ops.wide(documents.matrix))

    def pairs(self, ops: Backend, queries_CD: Matrix, documents_CD: Matrix) -> NDArray[np.float64]:
        """Row by row."""
        return _as_float64(0.0 - ops.host(abs(ops.wide(queries_CD) - ops.wide(documents_CD)).sum(-1)))


def _as_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _reciprocal(norms: NDArray[Any]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.divide(1.0, norms, out=np.zeros(len(norms)), where=norms > 0)
    return result
