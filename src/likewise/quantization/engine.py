"""What a search over quantized embeddings asks of FAISS or USearch. Knows neither.

Legend: Q queries, C candidates of each.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.quantization.quantize import Precision

Ranges: TypeAlias = NDArray[np.floating[Any]] | None


class Engine(Protocol):
    """Builds an index over stored embeddings, and finds candidates in it."""

    name: str
    precisions: tuple[Precision, ...]

    def build(self, stored: NDArray[Any], precision: Precision, ranges: Ranges, *, exact: bool) -> Any:
        """An index.

        Args:
            stored: Embeddings in their precision, (N, dim) or (N, bytes).
            precision: Theirs.
            ranges: Smallest and largest value of each dimension, (2, dim), for int8 and uint8.
            exact: Whether every embedding shall be compared.

        Returns:
            The engine's own index; its ids are the rows.
        """

    def size(self, index: Any) -> int:
        """How many embeddings an index holds."""

    def width(self, index: Any, precision: Precision) -> int:
        """How many values, or bytes of bits, each of them has."""

    def nearest(
        self,
        index: Any,
        queries: NDArray[np.float32],
        number: int,
        precision: Precision,
        ranges: Ranges,
        *,
        exact: bool,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Candidates.

        Args:
            index: What `build` gave, or a caller's.
            queries: (Q, dim).
            number: How many for each.
            precision: That of the index.
            ranges: As for `build`.
            exact: Whether every embedding shall be compared.

        Returns:
            Ids, (Q, C), -1 for none, and scores: dot products of float32, or the negative number of bits that differ;
            for int8 and uint8 in a unit of the engine's own.
        """

    def vectors(
        self, index: Any, ids: NDArray[np.int64], precision: Precision, ranges: Ranges, dim: int
    ) -> NDArray[np.float32]:
        """What the stored values of some embeddings stand for, (n, dim)."""
