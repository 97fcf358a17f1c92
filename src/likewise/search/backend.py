"""The arithmetic that search needs of a library of matrices; numpy and torch each have one file with it.

A matrix here is opaque: beyond this protocol only `@`, `.T`, `+`, `-`, `*`, `/`, `**`, `abs()`, `.sum(-1)` and slicing
are used, which arrays and tensors share. A backend keeps scratch memory, so each call of a search has its own.
Does not know similarity functions.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = Any


class Backend(Protocol):
    """Matrices of one library, on one device."""

    product_error: float
    """Bound of what rounding the factors adds to the error of a product, relative to the lengths of the two rows."""

    scores_at_once: int
    """So many scores of a tile are fastest: on a processor, what stays in its cache."""

    def load(self, source: Any, start: int, stop: int) -> Matrix:
        """Rows of the user's embeddings as a float32 matrix, without a copy where possible."""

    def wide(self, matrix: Matrix) -> Matrix:
        """The same in float64, or float32 on a device without float64."""

    def host(self, matrix: Matrix) -> NDArray[Any]:
        """The same as a numpy array."""

    def vector(self, values: NDArray[Any], like: Matrix) -> Matrix:
        """A numpy vector as this library's, in the dtype and on the device of a matrix."""

    def take(self, matrix: Matrix, rows: NDArray[np.int64]) -> Matrix:
        """Some rows of a matrix."""

    def product(self, left: Matrix, right: Matrix) -> Matrix:
        """`left @ right.T` of float32 matrices, in scratch memory: valid until the next call."""

    def scale_rows(self, matrix: Matrix, factors: Matrix) -> Matrix:
        """A float32 matrix with each row times its factor, in scratch memory: valid until the next call."""

    def row_dots(self, left: Matrix, right: Matrix) -> Matrix:
        """The dot product of each row with the same row of the other, in the dtype of the matrices."""

    def exact_row_dots(self, left: Matrix, right: Matrix) -> NDArray[np.float64]:
        """The same, added up in float64."""

    def manhattan(self, left: Matrix, right: Matrix) -> Matrix:
        """Sums of absolute differences of every row with every row."""

    def values(self, scores: Matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of the float32 scores of a tile."""

    def kth_largest(self, scores: Matrix, kth: int) -> NDArray[np.float32]:
        """The k-th largest float32 score of each row, k from 1 to the number of columns."""

    def at_least(self, scores: Matrix, floors: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their row's floor; None if these are more than `most`."""

    def at_least_by_column(
        self, scores: Matrix, floors: NDArray[np.float32], most: int
    ) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their column's floor; None if these are more than `most`."""
