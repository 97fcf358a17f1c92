"""`faiss-binary` and `usearch-b1`: signs, and vectors stored beside them."""

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.index.registry import load_index

kinds = pytest.mark.parametrize("kind", ["faiss-binary", "usearch-b1"])
PLAIN = {"rescore": None}


def cosines(queries, rows):
    sides = [side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30) for side in (queries, rows)]
    return sides[0] @ sides[1].T


@kinds
@pytest.mark.parametrize("dim", [8, 13, 64])
def test_scores_are_cosines_of_sign_vectors(kind, dim, new_index):
    rng = np.random.default_rng(dim)
    rows, queries = rng.standard_normal((40, dim)), rng.standard_normal((6, dim))
    rows[0, :3] = 0
    index = new_index(kind, dim, **PLAIN)
    index.add(rows)

    hits = index.search(queries, top_k=40)

    truth = cosines(np.where(queries > 0, 1.0, -1.0), np.where(rows > 0, 1.0, -1.0))
    assert np.sort(hits.ids, axis=1).tolist() == [list(range(40))] * 6
    assert hits.scores == pytest.approx(np.take_along_axis(truth, hits.ids, 1), abs=1e-6)


@kinds
@pytest.mark.parametrize(("stored", "error"), [("float32", 1e-6), ("float16", 1e-3), ("int8", 1e-2)])
def test_stored_vectors_give_the_cosine_and_a_better_order(kind, stored, error, new_index, clustered, tmp_path):
    rows, queries = clustered
    plain = new_index(kind, 64, **PLAIN)
    index = new_index(kind, 64, rescore=stored, rescore_multiplier=8)
    for start in range(0, 2000, 400):
        plain.add(rows[start : start + 400])
        index.add(rows[start : start + 400])
    truth = cosines(queries, rows)
    best = np.argsort(-truth, axis=1)[:, :10]

    recalls = [
        np.mean(
            [len(set(ours) & set(theirs)) / 10 for ours, theirs in zip(made.search(queries).ids, best, strict=True)]
        )
        for made in (plain, index)
    ]

    hits = index.search(queries)
    assert hits.scores == pytest.approx(np.take_along_axis(truth, hits.ids, 1), abs=error)
    assert recalls[1] > max(0.9, recalls[0])
    index.save(tmp_path)
    loaded = load_index(tmp_path)
    assert loaded.search(queries).ids.tolist() == hits.ids.tolist()
    assert loaded.add(rows[:1] * 3).tolist() == [2000]
    assert {0, 2000} <= set(loaded.search(rows[0]).ids[0].tolist())
    loaded.close()
    sizes = {"float32": 4, "float16": 2, "int8": 1}
    assert (tmp_path / "stored.bin").stat().st_size == 2000 * 64 * sizes[stored]


@kinds
def test_few_vectors_are_stored_as_float32_until_int8_can_be_calibrated(kind, new_index, clustered, tmp_path):
    rows, _ = clustered
    index = new_index(kind, 64, rescore="int8")
    index.add(rows[:999])
    index.save(tmp_path)
    assert (tmp_path / "stored.bin").stat().st_size == 999 * 64 * 4

    loaded = load_index(tmp_path)
    loaded.add(rows[999:1001])
    loaded.save(tmp_path)

    assert (tmp_path / "stored.bin").stat().st_size == 1001 * 64
    assert load_index(tmp_path).search(rows[:1001:50], top_k=1).ids[:, 0].tolist() == list(range(0, 1001, 50))
    loaded.close()


@kinds
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rescore": "float64"}, "rescore='float64'"),
        ({"rescore": None, "rescore_multiplier": 0}, "rescore_multiplier=0"),
    ],
)
def test_wrong_settings_are_refused(kind, settings, message, new_index):
    with pytest.raises(InputError, match=message):
        new_index(kind, 8, **settings)
