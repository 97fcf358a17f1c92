"""Clusters of embeddings by scikit-learn: k-means and agglomerative. Every row is in one of them.

Knows rows and lists of their numbers. For clusters without a number to choose and without every row, see
`community_detection`.

Legend: N rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.errors import ConfigError, InputError
from likewise.search.arguments import at_least_one, one_of, real_number
from likewise.search.kmeans import add_by_label, kmeans_labels
from likewise.search.rows import as_rows
from likewise.search.unit_rows import unit_rows, unit_tiles

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings

Linkage: TypeAlias = Literal["average", "complete", "single", "ward"]

_EXTRA = "cluster"


def kmeans_clusters(embeddings: Embeddings, num_clusters: int, *, seed: int = 0) -> list[list[int]]:
    """Group rows around `num_clusters` centres, by cosine: k-means of the rows at unit length.

    Args:
        embeddings: Embeddings, (N, dim), any dtype. Two copies in float32 are held; of a memory map or an
            `EmbeddingStore` of more than 256 MB, only a sample of rows, from whose centres all rows go on.
        num_clusters: Number of clusters, from 1 to N.
        seed: Chooses the first centres.

    Returns:
        The rows of each cluster, nearest to its mean first; largest cluster first. Fewer clusters if fewer rows differ.

    Raises:
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.
        MissingDependencyError: If scikit-learn is not installed.

    Example:
        >>> kmeans_clusters(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.2], [1.0, 0.1]]), 2)
        [[3, 2, 0], [1]]
    """
    wanted = at_least_one(num_clusters, "num_clusters")
    rows = as_rows(embeddings, "embeddings")
    if not len(rows):
        return []
    _check_number(wanted, len(rows))
    return _by_size(rows, kmeans_labels(rows, wanted, seed))


def agglomerative_clusters(
    embeddings: Embeddings,
    *,
    num_clusters: int | None = None,
    distance_threshold: float | None = None,
    linkage: Linkage = "average",
) -> list[list[int]]:
    """Join rows to clusters, and clusters to larger ones, until a number or a distance is reached.

    Every pair of rows is held in memory, as scikit-learn does it: some 20,000 rows are a sensible limit.

    Args:
        embeddings: Embeddings, (N, dim), any dtype.
        num_clusters: Number of clusters, from 1 to N; None goes by the distance.
        distance_threshold: Clusters at this distance or farther are not joined: 1 - cosine, or, for "ward", the
            Euclidean distance of rows at unit length. None goes by the number.
        linkage: What the distance of two clusters is: the mean ("average"), largest ("complete") or smallest ("single")
            distance of their rows, or by how much their variance grows ("ward").

    Returns:
        The rows of each cluster, nearest to its mean first; largest cluster first.

    Raises:
        ConfigError: If neither or both of number and distance are given.
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.
        MissingDependencyError: If scikit-learn is not installed.

    Example:
        >>> rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.2], [1.0, 0.1]])
        >>> agglomerative_clusters(rows, distance_threshold=0.5)
        [[3, 2, 0], [1]]
    """
    if (num_clusters is None) == (distance_threshold is None):
        raise ConfigError(
            f"num_clusters={num_clusters} and distance_threshold={distance_threshold}",
            accepted="one of them",
            fix="agglomerative_clusters(embeddings, distance_threshold=0.5)",
        )
    one_of(linkage, get_args(Linkage), "linkage")
    limit = None if distance_threshold is None else real_number(distance_threshold, "distance_threshold")
    wanted = None if num_clusters is None else at_least_one(num_clusters, "num_clusters")
    rows = unit_rows(as_rows(embeddings, "embeddings"))
    _check_number(wanted or 0, max(1, len(rows)))
    if len(rows) < 2:
        return [[row] for row in range(len(rows))]
    labels = (
        require("sklearn.cluster", extra=_EXTRA)
        .AgglomerativeClustering(
            n_clusters=wanted,
            distance_threshold=limit,
            linkage=linkage,
            metric="euclidean" if linkage == "ward" else "precomputed",
        )
        .fit_predict(rows if linkage == "ward" else _cosine_distances(rows))
    )
    return _by_size(rows, labels)


def _cosine_distances(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 - cosine of all pairs. A zero row is at distance 1 of all others, where a metric by name would fail."""
    distances: NDArray[np.float32] = np.clip(1 - rows @ rows.T, 0, 2)
    np.fill_diagonal(distances, 0)
    return distances


def _check_number(wanted: int, rows: int) -> None:
    if wanted > rows:
        raise InputError(
            f"num_clusters={wanted} for {rows} rows", accepted=f"a number from 1 to {rows}", fix=f"num_clusters={rows}"
        )


def _by_size(rows: Any, labels: NDArray[Any]) -> list[list[int]]:
    """The rows of each cluster, nearest to their mean first; reads the rows twice."""
    there, labels = np.unique(labels, return_inverse=True)
    means = np.zeros((len(there), int(rows.shape[1])))
    for start, tile in unit_tiles(rows):
        add_by_label(means, tile, labels[start : start + len(tile)])
    means /= np.bincount(labels)[:, None]
    nearness = np.empty(len(labels))
    for start, tile in unit_tiles(rows):
        np.einsum("rd,rd->r", tile, means[labels[start : start + len(tile)]], out=nearness[start : start + len(tile)])
    order = np.lexsort((np.arange(len(labels)), -nearness, labels))
    clusters = np.split(order, np.bincount(labels).cumsum()[:-1])
    return sorted((members.tolist() for members in clusters), key=lambda members: (-len(members), members[0]))
