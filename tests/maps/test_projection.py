"""Projection: what is near stays near, equal rows are at one place, and the same call gives the same points."""

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.maps import project


def clusters(count=40, each=5, width=60, seed=0):
    """Rows around `each` directions, and which one each belongs to."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(each, width))
    labels = np.arange(count) % each
    return (centres[labels] + 0.2 * rng.normal(size=(count, width))).astype(np.float32), labels


def share_with_a_neighbour_of_their_kind(points, labels):
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(1)] == labels).mean())


@pytest.mark.parametrize(("method", "landmarks"), [("tsne", 3000), ("landmarks", 30), ("pca", 1)])
def test_neighbours_stay_neighbours(method, landmarks):
    pytest.importorskip("sklearn")
    rows, labels = clusters()

    found = project(rows, method, num_landmarks=landmarks)

    assert found.method == method
    assert found.points.shape == (40, 2)
    assert found.points.dtype == np.float32
    assert share_with_a_neighbour_of_their_kind(found.points, labels) > (0.5 if method == "pca" else 0.95)


@pytest.mark.parametrize(("rows", "landmarks", "method"), [(3, 3000, "pca"), (24, 24, "tsne"), (25, 24, "landmarks")])
def test_auto_goes_by_the_number_of_rows(rows, landmarks, method):
    pytest.importorskip("sklearn")

    assert project(clusters(rows)[0], num_landmarks=landmarks).method == method


@pytest.mark.parametrize("method", ["tsne", "landmarks", "pca"])
def test_the_same_seed_gives_the_same_points(method):
    pytest.importorskip("sklearn")
    rows, _ = clusters()
    first = project(rows, method, num_landmarks=20).points

    assert np.array_equal(project(rows, method, num_landmarks=20).points, first)


def test_another_seed_chooses_other_landmarks():
    pytest.importorskip("sklearn")
    rows, _ = clusters()

    assert not np.array_equal(*(project(rows, "landmarks", num_landmarks=20, seed=seed).points for seed in (0, 1)))


@pytest.mark.parametrize("method", ["tsne", "landmarks", "pca"])
def test_equal_rows_are_at_one_place(method):
    pytest.importorskip("sklearn")
    rows, _ = clusters()
    rows[7] = rows[3] * 2  # the same direction
    points = project(rows, method, num_landmarks=39).points

    assert np.allclose(points[7], points[3], atol=1e-3 * np.ptp(points))
    assert len(np.unique(points, axis=0)) >= 39


def test_pca_is_that_of_the_singular_value_decomposition():
    rows, _ = clusters()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    left, values, _ = np.linalg.svd(unit - unit.mean(0), full_matrices=False)

    points = project(rows, "pca").points

    assert np.allclose(np.abs(points), np.abs(left[:, :2] * values[:2]), atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_rows(count):
    found = project(clusters(max(count, 1))[0][:count])

    assert found.points.shape == (count, 2)
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize("rows", [np.ones((9, 4)), np.zeros((9, 4)), np.ones((9, 1)), np.eye(2)[np.arange(9) % 2]])
def test_rows_that_hardly_differ(rows):
    pytest.importorskip("sklearn")
    points = project(rows).points

    assert points.shape == (9, 2)
    assert np.isfinite(points).all()


def test_wrong_arguments():
    with pytest.raises(InputError, match="method"):
        project(np.ones((5, 2)), "umap")
    with pytest.raises(InputError, match="embeddings"):
        project(np.full((5, 2), np.nan))
