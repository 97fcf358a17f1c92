"""USearch for `semantic_search_usearch`: over floats, bytes, or bits, exact or by its graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.quantization.binary import pack_bits
from likewise.quantization.engine import Ranges
from likewise.quantization.quantize import Precision
from likewise.quantization.restore import as_unsigned, in_steps, restore_scalar, restore_signs

_LARGEST = 127


class UsearchEngine:
    """Builds indexes of USearch and searches them.

    Example:
        >>> UsearchEngine().precisions
        ('float32', 'int8', 'ubinary', 'binary')
    """

    name = "usearch"
    precisions: tuple[Precision, ...] = ("float32", "int8", "ubinary", "binary")

    def build(self, stored: NDArray[Any], precision: Precision, ranges: Ranges, *, exact: bool) -> Any:
        """An index; see `Engine`. It can be searched either way."""
        usearch = require("usearch.index", extra="search")
        if precision in ("binary", "ubinary"):
            index = usearch.Index(ndim=8 * stored.shape[1], metric="hamming", dtype="b1")
            stored = as_unsigned(stored)
        else:
            index = usearch.Index(ndim=stored.shape[1], metric="ip", dtype="i8" if precision == "int8" else "f32")
        index.add(np.arange(len(stored)), np.ascontiguousarray(stored))
        return index

    def size(self, index: Any) -> int:
        """How many embeddings; see `Engine`."""
        return len(index)

    def width(self, index: Any, precision: Precision) -> int:
        """How long they are; see `Engine`."""
        return int(index.ndim) // 8 if precision in ("binary", "ubinary") else int(index.ndim)

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
        """Candidates; see `Engine`. Queries for bytes are rounded to bytes, as the engine compares like with like."""
        asked: NDArray[Any] = queries
        if precision in ("binary", "ubinary"):
            asked = pack_bits(queries)
        elif ranges is not None:
            asked = in_steps(queries, ranges)
            largest = np.abs(asked).max(axis=1, keepdims=True)
            asked = np.rint(asked / np.where(largest > 0, largest, 1) * _LARGEST).astype(np.int8)
        found = index.search(np.ascontiguousarray(asked), number, exact=exact)
        # One query comes back flat, and what a graph did not find is marked by the counts alone.
        ids = np.array(found.keys, np.int64).reshape(len(queries), -1)
        distances = np.array(found.distances, np.float32).reshape(len(queries), -1)
        counts = getattr(found, "counts", np.full(len(queries), ids.shape[1]))
        none = np.arange(ids.shape[1]) >= np.asarray(counts)[:, None]
        scores = -distances if precision in ("binary", "ubinary") else 1 - distances
        ids[none], scores[none] = -1, -np.inf
        return ids, scores

    def vectors(
        self, index: Any, ids: NDArray[np.int64], precision: Precision, ranges: Ranges, dim: int
    ) -> NDArray[np.float32]:
        """What is stored; see `Engine`."""
        rows = np.asarray(index.get(ids)).reshape(len(ids), -1)
        if precision in ("binary", "ubinary"):
            return restore_signs(rows, dim)
        return rows if ranges is None else restore_scalar(rows, ranges)
