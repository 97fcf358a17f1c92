"""Embeddings to points of a plane, so that near ones stay near. Knows rows, not texts.

Legend: N rows, L landmarks, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.search.arguments import at_least_one, one_of
from likewise.search.rows import as_rows
from likewise.search.semantic_search import semantic_search
from likewise.search.unit_rows import unit_rows

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Method: TypeAlias = Literal["auto", "tsne", "landmarks", "pca"]
Points: TypeAlias = NDArray[np.float32]

# t-SNE of so many rows takes some ten seconds; its time grows faster than their number.
LANDMARKS = 3000
_FEWEST_ROWS = 4  # with fewer, t-SNE has no neighbourhoods
_PERPLEXITY = 30
_WIDTH = 50  # to which PCA cuts rows before t-SNE
_NEIGHBOURS = 10  # landmarks that place a row
_REACH = 0.05  # how far in the plane they may be from the nearest one, as a share of the map's width
_TEMPERATURE = 0.05  # of the weights of landmarks by their cosine
_ROWS_AT_ONCE = 8192


@final
@dataclass(frozen=True, slots=True)
class Projection:
    """Points of a plane.

    Args:
        points: (N, 2), float32.
        method: How they were made: "tsne", "landmarks" or "pca".
    """

    points: Points
    method: str


def project(
    embeddings: Embeddings, method: Method = "auto", *, seed: int = 0, num_landmarks: int = LANDMARKS
) -> Projection:
    """Project embeddings to the plane, by their directions.

    "pca" takes the two directions of largest variance: fast, and faithful at large only. "tsne" keeps neighbours: t-SNE
    of scikit-learn, on rows cut to 50 numbers by PCA and starting from it. "landmarks" does that for a
    random part of the rows, and places the others at a weighted mean of the landmarks that are nearest by cosine.
    "auto" is t-SNE for up to `num_landmarks` rows, and landmarks beyond; PCA for fewer than four rows. The same rows
    and seed give the same points.

    Args:
        embeddings: Embeddings, (N, D), any dtype.
        method: "auto", "tsne", "landmarks" or "pca".
        seed: Chooses the landmarks.
        num_landmarks: How many there are, at least 1.

    Returns:
        The points, and the method. Equal rows are at one place.

    Raises:
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.
        MissingDependencyError: If scikit-learn is not installed, and the method is not "pca".

    Example:
        >>> project(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]]), "pca").points.shape
        (3, 2)

    Reference:
        van der Maaten and Hinton, Visualizing Data using t-SNE, 2008. Kobak and Berens, The art of using t-SNE for
        single-cell transcriptomics, 2019 (initialisation by PCA, and placing further points).
    """
    one_of(method, get_args(Method), "method")
    at_least_one(num_landmarks, "num_landmarks")
    rows = unit_rows(as_rows(embeddings, "embeddings"))
    if method == "pca" or len(rows) < _FEWEST_ROWS or not (rows != rows[:1]).any():
        return Projection(_principal(rows, 2), "pca")
    if method == "landmarks" or (method == "auto" and len(rows) > num_landmarks):
        return Projection(_by_landmarks(rows, min(num_landmarks, len(rows)), seed), "landmarks")
    return Projection(_by_tsne(rows, seed), "tsne")


def _principal(rows: Points, width: int) -> Points:
    """The coordinates along the directions of largest variance, (N, width); zeros where there are fewer."""
    found = np.zeros((len(rows), width), np.float32)
    if len(rows) < 2:
        return found
    centred = rows - rows.mean(0, dtype=np.float64).astype(np.float32)
    _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))  # ascending
    directions = directions[:, ::-1][:, :width]
    largest = np.abs(directions).argmax(0)
    directions = directions * np.sign(directions[largest, np.arange(directions.shape[1])])
    found[:, : directions.shape[1]] = centred @ directions.astype(np.float32)
    return found


def _by_tsne(rows: Points, seed: int) -> Points:
    manifold = require("sklearn.manifold", extra="cluster")
    cut = _principal(rows, min(_WIDTH, rows.shape[1])) if rows.shape[1] > _WIDTH else rows
    start = _principal(rows, 2)
    spread = start[:, 0].std()
    tsne = manifold.TSNE(
        n_components=2,
        perplexity=min(_PERPLEXITY, (len(rows) - 1) / 3),
        init=start / (spread if spread > 0 else 1) * 1e-4,
        random_state=seed,
        n_jobs=1,
    )
    # Threads add their sums in any order, and t-SNE lets the smallest difference grow.
    with require("threadpoolctl", extra="cluster").threadpool_limits(1, user_api="openmp"):
        points = tsne.fit_transform(cut)
    return _with_equal_rows_together(rows, np.asarray(points, np.float32))


def _with_equal_rows_together(rows: Points, points: Points) -> Points:
    """t-SNE pushes equal rows apart, by chance; they are put where the first of them is."""
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    together: Points = points[first[which.reshape(-1)]]
    return together


def _by_landmarks(rows: Points, count: int, seed: int) -> Points:
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:count])
    landmarks = rows[chosen]
    placed = _by_tsne(landmarks, seed) if count >= _FEWEST_ROWS else _principal(landmarks, 2)
    points = np.empty((len(rows), 2), np.float32)
    reach = _REACH * float(np.ptp(placed, axis=0).max())
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        found = semantic_search(some, landmarks, top_k=min(_NEIGHBOURS, count))
        ids = np.array([[hit["corpus_id"] for hit in hits] for hits in found])
        scores = np.array([[hit["score"] for hit in hits] for hits in found])
        near = placed[ids]  # (rows, neighbours, 2)
        weights = np.exp((scores - scores[:, :1]) / _TEMPERATURE)
        weights *= np.linalg.norm(near - near[:, :1], axis=2) <= reach
        points[start : start + len(some)] = (near * weights[:, :, None]).sum(1) / weights.sum(1, keepdims=True)
    points[chosen] = placed
    return points
