import numpy as np
import pytest

from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.errors import InputError
from likewise.search import kmeans, kmeans_clusters
from likewise.search.rows import as_rows

pytest.importorskip("sklearn")


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return (np.eye(5)[rng.integers(0, 5, 400)] * rng.uniform(0.5, 2, (400, 1)) + rng.normal(0, 0.1, (400, 5))).astype(
        np.float32
    )


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(kmeans, "_is_large", lambda rows: True)
    monkeypatch.setattr(kmeans, "_SAMPLE", 60)


def test_clusters_on_disk_are_those_in_memory(rows, on_disk, monkeypatch):
    found = kmeans_clusters(rows, 5)
    monkeypatch.undo()

    assert found == kmeans_clusters(rows, 5)


def test_each_row_is_with_the_nearest_centre(rows, on_disk):
    labels = kmeans.kmeans_labels(rows, 7, seed=3)

    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centres = np.stack([units[labels == label].mean(0) for label in range(7)])
    distances = ((units[:, None] - centres) ** 2).sum(2)
    np.testing.assert_allclose(distances[np.arange(400), labels], distances.min(1), atol=1e-5)


def test_a_store_is_clustered_as_its_rows_are(rows, tmp_path):
    with StoreWriter.open(tmp_path / "store", rows_per_shard=150) as writer:
        for start in range(0, 400, 150):
            writer.append(rows[start : start + 150])
        writer.finish()
    store = EmbeddingStore(tmp_path / "store")

    assert as_rows(store, "rows") is store
    assert kmeans_clusters(store, 5) == kmeans_clusters(rows, 5)


def test_fewer_rows_than_clusters_are_refused_on_disk(rows, on_disk):
    with pytest.raises(InputError, match="num_clusters=401 for 400 rows"):
        kmeans_clusters(rows, 401)
