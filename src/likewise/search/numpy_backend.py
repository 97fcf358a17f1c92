"""The arithmetic of search on numpy arrays (memory maps too). Does not know torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.search.half_product import HalfProduct


@final
class NumpyBackend:
    """`likewise.search.backend.Backend` on numpy arrays.

    Args:
        half: Multiplies in place of numpy, less exactly.
    """

    scores_at_once = 2**21

    def __init__(self, half: HalfProduct | None = None) -> None:
        self._half = half
        self.product_error = 2.0**-22 if half is None else half.error
        self._scores = np.empty(0, np.float32)
        self._scaled = np.empty(0, np.float32)
        self._mask = np.empty(0, np.bool_)

    def load(self, source: NDArray[Any], start: int, stop: int) -> NDArray[np.float32]:
        """Rows as float32."""
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, which is reported
            return np.ascontiguousarray(source[start:stop], dtype=np.float32)

    def wide(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """The same in float64."""
        return matrix.astype(np.float64, copy=False)

    def host(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """The same."""
        return matrix

    def vector(self, values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
        """The same in the dtype of a matrix."""
        return values.astype(like.dtype)

    def take(self, matrix: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """Some rows."""
        return matrix[rows]

    def row_dots(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        """The dot product of each row with the same row of the other."""
        return np.einsum("rd,rd->r", left, right)  # type: ignore[no-any-return]

    def product(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float32]:
        """`left @ right.T`, in scratch memory."""
        # Fresh memory for each tile would cost as much as a tenth of the product.
        size = len(left) * len(right)
        if self._scores.size < size:
            self._scores = np.empty(size, np.float32)
        out = self._scores[:size].reshape(len(left), len(right))
        return np.matmul(left, right.T, out=out) if self._half is None else self._half(left, right, out)

    def scale_rows(self, matrix: NDArray[Any], factors: NDArray[Any]) -> NDArray[np.float32]:
        """Each row times its factor, in scratch memory."""
        if self._scaled.size < matrix.size:
            self._scaled = np.empty(matrix.size, np.float32)
        scaled = self._scaled[: matrix.size].reshape(matrix.shape)
        with _small_buffer():
            np.multiply(matrix, factors[:, None], out=scaled)
        return scaled

    def exact_row_dots(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
        """The dot product of each row with the same row of the other, in float64."""
        return exact_row_dots(left, right)

    def manhattan(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        """Sums of absolute differences, one query at a time: the differences of one fit the cache."""
        distances = np.empty((len(left), len(right)), left.dtype)
        differences = np.empty_like(right)
        for row, out in zip(left, distances, strict=True):
            np.subtract(right, row, out=differences)
            np.abs(differences, out=differences)
            differences.sum(axis=1, out=out)
        return distances

    def values(self, scores: NDArray[Any], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of the scores."""
        return scores[rows, columns]

    def kth_largest(self, scores: NDArray[Any], kth: int) -> NDArray[np.float32]:
        """The k-th largest score of each row."""
        place = scores.shape[1] - kth
        return np.partition(scores, place, axis=1)[:, place]

    def at_least(
        self, scores: NDArray[Any], floors: NDArray[np.float32], most: int
    ) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their row's floor; None if these are too many."""
        return reaching(scores, floors[:, None], most, self._scratch_mask(scores))

    def at_least_by_column(
        self, scores: NDArray[Any], floors: NDArray[np.float32], most: int
    ) -> tuple[NDArray[np.int64], ...] | None:
        """Rows and columns of the scores that reach their column's floor; None if these are too many."""
        return reaching(scores, floors[None, :], most, self._scratch_mask(scores))

    def _scratch_mask(self, scores: NDArray[Any]) -> NDArray[np.bool_]:
        if self._mask.size < scores.size:
            self._mask = np.empty(scores.size, np.bool_)
        return self._mask[: scores.size].reshape(scores.shape)


def exact_row_dots(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """The dot product of each row with the same row of the other, multiplied and added up in float64.

    Args:
        left: Rows, (rows, dim).
        right: Rows, (rows, dim).

    Returns:
        Dot products, (rows,).

    Example:
        >>> exact_row_dots(np.float32([[1, 2]]), np.float32([[3, 4]]))
        array([11.])
    """
    left, right = left.astype(np.float64, copy=False), right.astype(np.float64, copy=False)
    # A product of one row with one column for each pair: nearly twice as fast as np.einsum.
    return np.matmul(left[:, None, :], right[:, :, None])[:, 0, 0]  # type: ignore[no-any-return]


def reaching(
    scores: NDArray[Any], floors: NDArray[np.float32], most: int, mask: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], ...] | None:
    """Rows and columns of the scores that reach their floor.

    Args:
        scores: Scores, (rows, columns).
        floors: Floors, (rows, 1) or (1, columns).
        most: The largest number of places to return.
        mask: Scratch memory of the shape of the scores, if there is any.

    Returns:
        Rows and columns, or None if these are more than `most`.

    Example:
        >>> reaching(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0], [5.0]], np.float32), most=3)
        (array([0]), array([1]))
    """
    with _small_buffer():
        mask = np.greater_equal(scores, floors, out=mask)
    if np.count_nonzero(mask) > most:  # counting is quick, listing what is true everywhere is not
        return None
    places = true_places(mask.reshape(-1))
    return np.divmod(places, scores.shape[1])  # twice as fast as np.nonzero of two axes


def true_places(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Places of what is true, for a mask in which little is: three times as fast as `np.flatnonzero`.

    Args:
        mask: The mask, one contiguous axis.

    Returns:
        Places, ascending.

    Example:
        >>> true_places(np.arange(16) % 5 == 4)
        array([ 4,  9, 14])
    """
    if len(mask) % 8:
        return np.flatnonzero(mask)
    words = np.flatnonzero(mask.view(np.uint64) != 0)
    places = np.flatnonzero(mask.reshape(-1, 8)[words])
    return words[places >> 3] * 8 + (places & 7)  # type: ignore[no-any-return]


@contextmanager
def _small_buffer() -> Iterator[None]:
    """For arithmetic of a matrix with one number for each row: two to three times as fast.

    With its usual buffer numpy first fills that with copies of these numbers, one for each element of the matrix.
    """
    size = np.setbufsize(16)
    try:
        yield
    finally:
        np.setbufsize(size)
