"""k-means of rows at unit length: all of them by scikit-learn, or, of rows on disk, a tile at a time.

On disk, scikit-learn finds the centres of a sample, from which Lloyd's algorithm goes on over all rows. Memory: the
sample, the centres, a tile, and a number for each row.

Legend: N rows, K clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.embedding_store import EmbeddingStore
from likewise.search.mapped_rows import MOST_HELD, MappedRows
from likewise.search.rows import some_rows
from likewise.search.top_k import Ids
from likewise.search.unit_rows import unit_rows, unit_tiles

_SAMPLE = 50_000
_MOST_PASSES = 300
_TOLERANCE = 1e-4  # of the variance of a dimension, which is at most 1 over their number; as scikit-learn has it


def kmeans_labels(rows: Any, wanted: int, seed: int) -> NDArray[np.int64]:
    """Find the cluster of each row.

    Args:
        rows: What `as_rows` gave, (N, dim), N at least `wanted`.
        wanted: Number of clusters, K.
        seed: Chooses the first centres.

    Returns:
        Labels, (N,), from 0.

    Raises:
        InputError: If a row holds NaN or infinity.
        MissingDependencyError: If scikit-learn is not installed.
    """
    kmeans = require("sklearn.cluster", extra="cluster").KMeans(n_clusters=wanted, n_init="auto", random_state=seed)
    if not _is_large(rows):
        return np.asarray(kmeans.fit_predict(unit_rows(rows)), np.int64)
    count = min(len(rows), max(_SAMPLE, 10 * wanted))
    chosen: Ids = np.sort(np.random.default_rng(seed).choice(len(rows), count, replace=False))
    centres = kmeans.fit(unit_rows(some_rows(rows, chosen))).cluster_centers_.astype(np.float32)
    labels = np.full(len(rows), -1, np.int64)
    for _ in range(_MOST_PASSES):
        if _one_pass(rows, centres, labels) <= _TOLERANCE / centres.shape[1]:
            break
    return labels


def add_by_label(sums_KD: NDArray[np.float64], tile: NDArray[np.float32], labels: Ids) -> None:
    """Add rows to the sums of their clusters.

    Args:
        sums_KD: The sums, (K, dim); are changed.
        tile: Rows, (n, dim), at least one.
        labels: Cluster of each, (n,).

    Example:
        >>> sums = np.zeros((2, 1))
        >>> add_by_label(sums, np.float32([[1], [2], [4]]), np.array([1, 0, 1]))
        >>> sums.tolist()
        [[2.0], [5.0]]
    """
    order = np.argsort(labels, kind="stable")
    here, firsts = np.unique(labels[order], return_index=True)
    sums_KD[here] += np.add.reduceat(tile[order], firsts, axis=0, dtype=np.float64)


def _is_large(rows: Any) -> bool:
    if isinstance(rows, EmbeddingStore):
        return len(rows) * rows.dim * 4 > MOST_HELD
    return isinstance(rows, MappedRows)


def _one_pass(rows: Any, centres_KD: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Label all rows by the nearest centre, and move the centres to their means; the square of how far they moved."""
    sums_KD, counts_K = np.zeros(centres_KD.shape), np.zeros(len(centres_KD), np.int64)
    halves_K = (centres_KD**2).sum(1) / 2
    for start, tile in unit_tiles(rows):
        found = (tile @ centres_KD.T - halves_K).argmax(1)
        labels[start : start + len(tile)] = found
        add_by_label(sums_KD, tile, found)
        counts_K += np.bincount(found, minlength=len(counts_K))
    there = counts_K > 0  # a centre without rows stays where it is
    means_KD = sums_KD[there] / counts_K[there, None]
    moved = float(((means_KD - centres_KD[there]) ** 2).sum())
    centres_KD[there] = means_KD
    return moved
