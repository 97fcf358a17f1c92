"""Vectors kept beside an engine that stores less of them, to score its candidates again.

Knows no engine.

Legend: Q queries, C candidates of each, k kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.index.growing_rows import GrowingRows
from likewise.index.protocol import Ids
from likewise.quantization.rescoring import rescored
from likewise.quantization.restore import restore_scalar
from likewise.quantization.scalar import quantize_scalar, value_ranges
from likewise.search.arguments import at_least_one, one_of

Rescore: TypeAlias = Literal["float32", "float16", "int8"]
_VECTORS, _RANGES = "stored.bin", "stored_ranges.npy"
CALIBRATION_ROWS = 1000


@final
class StoredVectors:
    """Vectors by row; those of a folder stay on disk.

    With int8, the range of each dimension is that of the first 1,000 vectors or more, and values outside go to its
    ends; until there are so many, vectors are kept as float32.

    Args:
        dim: Length of a vector.
        precision: What is stored: "float32", "float16" or "int8".
        multiplier: So many times k candidates are scored again.

    Raises:
        InputError: If there is no such precision, or the multiplier is below 1.

    Example:
        >>> stored = StoredVectors(2, "float32", 4)
        >>> stored.append(np.array([[1, 0], [0, 1]], np.float32))
        >>> stored.best(np.array([[0, 1]], np.float32), np.array([[0, 1]]), 1)
        (array([[1]]), array([[1.]], dtype=float32))
    """

    def __init__(self, dim: int, precision: Rescore, multiplier: int) -> None:
        one_of(precision, get_args(Rescore), "rescore")
        self._precision = precision
        self._multiplier = at_least_one(multiplier, "rescore_multiplier")
        self._ranges: NDArray[np.floating] | None = None
        self._rows = GrowingRows(dim, np.float16 if precision == "float16" else np.float32)

    def candidates(self, top_k: int) -> int:
        """How many candidates are needed.

        Args:
            top_k: How many are to be kept.

        Returns:
            The number.
        """
        return top_k * self._multiplier

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Store vectors.

        Args:
            vectors: (N, dim), of length 1 or 0.
        """
        rows = self._rows
        if self._ranges is not None:
            rows.append(quantize_scalar(vectors, self._ranges, "int8"))
            return
        rows.append(vectors)
        if self._precision == "int8" and len(rows) >= CALIBRATION_ROWS:
            self._ranges = value_ranges(rows[:])
            self._rows = GrowingRows(rows.width, np.int8)
            self._rows.append(quantize_scalar(rows[:], self._ranges, "int8"))

    def best(self, queries: NDArray[np.float32], rows_QC: Ids, top_k: int) -> tuple[Ids, NDArray[np.float32]]:
        """Keep the best candidates.

        Args:
            queries: (Q, dim), of length 1 or 0.
            rows_QC: Candidates, (Q, C), -1 for none.
            top_k: How many to keep.

        Returns:
            Rows and their cosines, (Q, k).
        """
        return rescored(queries, rows_QC, self._vectors, top_k)

    def write(self, folder: Path) -> None:
        """Write what is stored.

        Args:
            folder: The folder of the index.
        """
        self._rows.write(folder / _VECTORS)
        if self._ranges is not None:
            np.save(folder / _RANGES, self._ranges)

    def read(self, folder: Path, rows: int) -> None:
        """Read it; vectors stay on disk.

        Args:
            folder: The folder of the index.
            rows: How many vectors there are.
        """
        if (folder / _RANGES).is_file():
            self._ranges = np.load(folder / _RANGES, allow_pickle=False)
            self._rows = GrowingRows(self._rows.width, np.int8)
        self._rows.read(folder / _VECTORS, rows)

    def clear(self) -> None:
        """Let go of memory and the file."""
        self._rows.clear()

    def _vectors(self, rows: Ids) -> NDArray[np.float32]:
        found = self._rows[rows]
        return found.astype(np.float32) if self._ranges is None else restore_scalar(found, self._ranges)


def stored_vectors(dim: int, rescore: Rescore | None, multiplier: int) -> StoredVectors | None:
    """The store that a setting asks for.

    Args:
        dim: Length of a vector.
        rescore: What is stored; None for nothing.
        multiplier: So many times k candidates are scored again.

    Returns:
        The store, if any.

    Raises:
        InputError: If there is no such precision, or the multiplier is below 1.
    """
    if rescore is None:
        at_least_one(multiplier, "rescore_multiplier")
        return None
    return StoredVectors(dim, rescore, multiplier)
