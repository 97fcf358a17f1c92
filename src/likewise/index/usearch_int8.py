r"""One byte for each dimension in a graph of neighbours: USearch.

A value $x$ of dimension $d$ is stored as the number of its step, $\lfloor (x - a_d) / s \rfloor$, clipped to 256 steps.
Where they begin, $a_d$, is calibrated for each dimension; their width $s$ is one for all, so that distances of the
stored numbers are distances of the vectors, in steps. For vectors of length 1, the cosine is
$1 - \lVert x - y \rVert^2 / 2$.

Legend: Q queries, k vectors found for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError
from likewise.index import usearch_parts as parts
from likewise.index.engine_index import EngineIndex, Found, Vectors
from likewise.index.growing_rows import GrowingRows
from likewise.index.nearest_rows import nearest_rows
from likewise.index.protocol import Ids, Metric
from likewise.index.threads import check_threads
from likewise.quantization.scalar import check_percentiles, quantize_scalar, value_ranges
from likewise.search.arguments import at_least_one

_RANGES, _WAITING, _ZEROS = "ranges.npy", "waiting.bin", "zeros.npy"


@final
class UsearchInt8Index(EngineIndex):
    """Approximate search by USearch over one byte for each dimension, in memory. Removes; does not filter.

    The first `calibration_rows` vectors wait as float32 and are compared exactly; then ranges are taken from them, and
    they and all that follow are stored as bytes, values outside the range at its ends. Scores are those of the stored
    bytes.

    Args:
        dim: Length of a vector.
        metric: "cosine" or "euclidean".
        calibration_rows: So many vectors give the ranges.
        percentiles: Which of their values, from 0 to 100, are the ends of a dimension's range: (0, 100) are the
            smallest and the largest; (0.5, 99.5) clips the outermost hundredth, for finer steps.
        M: Neighbours of a vector in the graph; twice as many in its lowest layer.
        ef_construction: Candidates that are kept while a vector is added: more make a better graph, more slowly.
        ef_search: Candidates that are kept during a search: more find more, more slowly.
        threads: Threads of USearch; one for each processor if not given. With 1 the same vectors give the same graph.

    Raises:
        InputError: If a setting is wrong.
        MissingDependencyError: If USearch is not installed.

    Example:
        >>> index = UsearchInt8Index(2, calibration_rows=2)
        >>> _ = index.add([[1.0, 0.0], [0.0, 1.0]])
        >>> index.search([0.0, 2.0], top_k=1).ids
        array([[1]])
    """

    KIND = "usearch-i8"
    METRICS = ("cosine", "euclidean")

    def __init__(
        self,
        dim: int,
        metric: Metric = "cosine",
        *,
        calibration_rows: int = 1000,
        percentiles: tuple[float, float] = (0.0, 100.0),
        M: int = 16,
        ef_construction: int = 128,
        ef_search: int = 64,
        threads: int | None = None,
    ) -> None:
        settings: dict[str, Any] = {
            **parts.graph_settings(M, ef_construction, ef_search),
            "calibration_rows": at_least_one(calibration_rows, "calibration_rows"),
            "percentiles": list(check_percentiles(percentiles)),
            "threads": check_threads(threads),
        }
        super().__init__(dim, metric, settings)
        self._waiting = GrowingRows(self._dim, np.float32)
        self._zeros = np.empty(0, np.int64)
        self._ranges: NDArray[np.float32] | None = None
        self._engine: Any = self._new_engine()

    def _insert(self, vectors: Vectors) -> None:
        first = self._table.rows
        if self._ranges is not None:
            self._put(vectors, np.arange(first, first + len(vectors)))
            return
        if len(self._table) + len(vectors) < self._settings["calibration_rows"]:
            self._waiting.append(vectors)
            return
        there = np.flatnonzero(self._table.there)
        waiting = np.concatenate([self._waiting[:][there], vectors])
        self._ranges = _ranges(waiting, self._settings["percentiles"])
        self._put(waiting, np.concatenate([there, np.arange(first, first + len(vectors))]))
        self._waiting.clear()

    def _nearest(self, queries: Vectors, top_k: int, allowed: Ids | None) -> Found:
        if self._ranges is None:
            return nearest_rows(queries, self._waiting, self._metric, top_k, np.flatnonzero(self._table.there))
        codes = quantize_scalar(queries, self._ranges, "int8")
        rows, squares = parts.nearest(self._engine, codes, top_k, self._settings["threads"])
        step = float(self._ranges[1, 0] - self._ranges[0, 0]) / 255
        if self._metric == "euclidean":
            return rows, -step * np.sqrt(squares)
        scores = 1 - squares * (step**2 / 2)
        scores[~queries.any(1)] = 0
        scores[np.isin(rows, self._zeros)] = 0
        return rows, scores

    def _erase(self, rows: Ids) -> None:
        if self._ranges is not None:
            self._engine.remove(rows.astype(np.uint64))

    def _write(self, folder: Path) -> None:
        np.save(folder / _ZEROS, self._zeros)
        if self._ranges is None:
            self._waiting.write(folder / _WAITING)
            return
        np.save(folder / _RANGES, self._ranges)
        self._engine.save(str(folder / parts.FILE))

    def _read(self, folder: Path) -> None:
        self._zeros = np.load(folder / _ZEROS, allow_pickle=False)
        if not (folder / _RANGES).is_file():
            self._waiting.read(folder / _WAITING, self._table.rows)
            return
        self._ranges = np.load(folder / _RANGES, allow_pickle=False)
        if self._ranges.shape != (2, self._dim):
            raise CheckpointError(f"{folder / _RANGES} has shape {self._ranges.shape}", accepted=f"(2, {self._dim})")
        self._engine = self._new_engine()
        parts.read(self._engine, folder)

    def _drop(self) -> None:
        self._engine = None
        self._waiting.clear()

    def _put(self, vectors: Vectors, rows: Ids) -> None:
        assert self._ranges is not None
        parts.insert(self._engine, quantize_scalar(vectors, self._ranges, "int8"), rows, self._settings["threads"])
        self._zeros = np.concatenate([self._zeros, rows[~vectors.any(1)]])

    def _new_engine(self) -> Any:
        return parts.new_engine(self._dim, "l2sq", "i8", self._settings)


def _ranges(sample: Vectors, percentiles: tuple[float, float]) -> NDArray[np.float32]:
    """Ranges of one width, (2, dim), in the middle of which the values of each dimension lie."""
    starts, ends = value_ranges(sample, percentiles)
    half = max(float((ends - starts).max()), 1e-6) / 2
    centres = (starts + ends) / 2
    return np.stack([centres - half, centres + half]).astype(np.float32)
