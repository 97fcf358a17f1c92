import sys

import numpy as np
import pytest
import torch

from likewise.errors import ConfigError, InputError, MissingDependencyError
from likewise.search import agglomerative_clusters, kmeans_clusters


@pytest.fixture
def rows():
    """Three groups of rows: numbers 0 to 9, 10 to 14, 15 to 17, of different lengths."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(3, 6), [10, 5, 3], axis=0)
    return ((groups + 0.05 * rng.standard_normal((18, 6))) * rng.uniform(0.5, 3, (18, 1))).astype(np.float32)


def clusterings():
    return {
        "k-means": lambda rows: kmeans_clusters(rows, 3),
        "number": lambda rows: agglomerative_clusters(rows, num_clusters=3),
        "distance": lambda rows: agglomerative_clusters(rows, distance_threshold=0.5, linkage="complete"),
        "ward": lambda rows: agglomerative_clusters(rows, num_clusters=3, linkage="ward"),
    }


@pytest.mark.parametrize("name", clusterings())
@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, lambda rows: rows.astype(np.float16)])
def test_groups_are_found_largest_first(rows, name, convert):
    found = clusterings()[name](convert(rows))

    assert [sorted(members) for members in found] == [list(range(10)), list(range(10, 15)), [15, 16, 17]]


def test_the_row_nearest_to_the_mean_comes_first(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    members = kmeans_clusters(rows, 3)[0]

    nearness = unit[members] @ unit[members].mean(0)

    assert (np.diff(nearness) <= 1e-6).all()


def test_the_same_seed_gives_the_same_clusters():
    rows = np.random.default_rng(1).standard_normal((80, 4))

    assert kmeans_clusters(rows, 9, seed=3) == kmeans_clusters(rows, 9, seed=3)


def test_distances_are_those_of_scikit_learn():
    from sklearn.cluster import AgglomerativeClustering

    rows = np.random.default_rng(2).standard_normal((60, 5))
    labels = AgglomerativeClustering(n_clusters=7, metric="cosine", linkage="average").fit_predict(rows)

    found = agglomerative_clusters(rows, num_clusters=7)

    expected = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels)}
    assert {frozenset(members) for members in found} == expected


def test_tiny_and_zero_rows_work():
    assert kmeans_clusters(np.empty((0, 3)), 1) == []
    assert kmeans_clusters(np.ones((1, 3)), 1) == [[0]]
    assert agglomerative_clusters(np.empty((0, 3)), num_clusters=1) == []
    assert agglomerative_clusters(np.ones((1, 3)), distance_threshold=0.5) == [[0]]
    assert agglomerative_clusters(np.float32([[0, 0], [1, 0], [2, 0]]), distance_threshold=0.5) == [[1, 2], [0]]


def test_bad_input_is_refused(rows):
    with pytest.raises(InputError, match="num_clusters=19 for 18 rows"):
        kmeans_clusters(rows, 19)
    with pytest.raises(InputError, match="num_clusters=0"):
        kmeans_clusters(rows, 0)
    for arguments in ({}, {"num_clusters": 2, "distance_threshold": 0.5}):
        with pytest.raises(ConfigError, match=r"num_clusters=.* and distance_threshold="):
            agglomerative_clusters(rows, **arguments)
    with pytest.raises(InputError, match="linkage='mean'"):
        agglomerative_clusters(rows, num_clusters=2, linkage="mean")
    rows[4, 2] = np.nan
    with pytest.raises(InputError, match="embeddings, row 4, holds NaN"):
        kmeans_clusters(rows, 2)


def test_without_scikit_learn_it_says_how_to_get_it(rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)

    with pytest.raises(MissingDependencyError, match="'sklearn'"):
        kmeans_clusters(rows, 2)
