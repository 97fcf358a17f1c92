"""FAISS for `semantic_search_faiss`: flat or HNSW, over floats, bytes, or bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.quantization.binary import pack_bits
from likewise.quantization.engine import Ranges
from likewise.quantization.quantize import Precision
from likewise.quantization.restore import in_steps, restore_scalar, restore_signs

_LINKS = 16
_ROWS_AT_ONCE = 2**16


class FaissEngine:
    """Builds indexes of FAISS and searches them.

    Its own quantizer, told the ranges, keeps the bytes as they are, and compares what they stand for with queries in
    float32: nothing of the queries is lost. An index over bytes that a caller made may hold plain step numbers instead.

    Example:
        >>> FaissEngine().precisions
        ('float32', 'uint8', 'ubinary')
    """

    name = "faiss"
    precisions: tuple[Precision, ...] = ("float32", "uint8", "ubinary")

    def build(self, stored: NDArray[Any], precision: Precision, ranges: Ranges, *, exact: bool) -> Any:
        """An index; see `Engine`."""
        faiss = require("faiss", extra="search")
        width = stored.shape[1]
        if precision == "ubinary":
            index = faiss.IndexBinaryFlat(8 * width) if exact else faiss.IndexBinaryHNSW(8 * width, _LINKS)
            index.add(np.ascontiguousarray(stored))
            return index
        inner = faiss.METRIC_INNER_PRODUCT
        if ranges is None:
            index = faiss.IndexFlatIP(width) if exact else faiss.IndexHNSWFlat(width, _LINKS, inner)
        else:
            kind = faiss.ScalarQuantizer.QT_8bit
            index = (
                faiss.IndexScalarQuantizer(width, kind, inner)
                if exact
                else faiss.IndexHNSWSQ(width, kind, _LINKS, inner)
            )
            index.train(np.ascontiguousarray(ranges, dtype=np.float32))
        for start in range(0, len(stored), _ROWS_AT_ONCE):
            rows = stored[start : start + _ROWS_AT_ONCE]
            index.add(np.ascontiguousarray(rows if ranges is None else restore_scalar(rows, ranges), dtype=np.float32))
        return index

    def size(self, index: Any) -> int:
        """How many embeddings; see `Engine`."""
        return int(index.ntotal)

    def width(self, index: Any, precision: Precision) -> int:
        """How long they are; see `Engine`."""
        return int(index.d) // 8 if precision == "ubinary" else int(index.d)

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
        """Candidates; see `Engine`. How an index is searched was decided when it was built."""
        asked: NDArray[Any] = queries
        if precision == "ubinary":
            asked = pack_bits(queries)
        elif ranges is not None and not _knows_ranges(index):
            asked = in_steps(queries, ranges)
        found, ids = index.search(np.ascontiguousarray(asked), number)
        scores = found.astype(np.float32)
        return ids.astype(np.int64), -scores if precision == "ubinary" else scores

    def vectors(
        self, index: Any, ids: NDArray[np.int64], precision: Precision, ranges: Ranges, dim: int
    ) -> NDArray[np.float32]:
        """What is stored; see `Engine`."""
        rows = np.stack([index.reconstruct(int(number)) for number in ids])
        if precision == "ubinary":
            return restore_signs(rows, dim)
        return rows if ranges is None or _knows_ranges(index) else restore_scalar(rows.astype(np.uint8), ranges)


def _knows_ranges(index: Any) -> bool:
    faiss = require("faiss", extra="search")
    quantizer = getattr(faiss.downcast_index(getattr(index, "storage", index)), "sq", None)
    return quantizer is not None and quantizer.qtype == faiss.ScalarQuantizer.QT_8bit
