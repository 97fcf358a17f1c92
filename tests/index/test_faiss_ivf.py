import numpy as np
import pytest

pytest.importorskip("faiss")

from likewise.index.faiss_ivf import FaissIvfIndex


def test_lists_are_made_when_there_are_39_vectors_for_each(clustered):
    rows, queries = clustered
    index = FaissIvfIndex(64, nlist=20)

    index.add(rows[:779])
    assert index.lists == 0
    before = index.search(queries, top_k=5)
    index.add(rows[779:780])
    assert index.lists == 20
    index.add(rows[780:])
    assert index.lists == 20

    assert (before.ids == index.search(queries, top_k=5, where={"id": np.arange(779)}).ids).all()
    assert index.search(rows[1500], top_k=1).ids.tolist() == [[1500]]


def test_lists_grow_with_the_vectors_where_their_number_is_left_open():
    rows = np.random.default_rng(0).standard_normal((6000, 8)).astype(np.float32)
    index = FaissIvfIndex(8)
    lists = []
    for start in range(0, 6000, 500):
        index.add(rows[start : start + 500])
        lists.append(index.lists)

    assert lists == [0, 25, 25, 25, 25, 25, 25, 102, 102, 102, 102, 102]
    found = index.search(rows, top_k=1)
    assert (found.ids[:, 0] == np.arange(6000)).all()


def test_vectors_that_were_removed_are_in_no_list_made_anew():
    rows = np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)
    index = FaissIvfIndex(8, nlist=10, nprobe=10)
    index.add(rows[:300])
    index.remove(np.arange(0, 300, 2))
    index.add(rows[300:350])
    assert index.lists == 0
    index.add(np.concatenate([rows[350:], rows + 5]))
    assert index.lists == 10

    hits = index.search(rows[:350], top_k=1)

    assert hits.ids[1:300:2, 0].tolist() == list(range(1, 300, 2))
    assert not np.isin(hits.ids, np.arange(0, 300, 2)).any()


def test_a_query_whose_lists_hold_too_few_reads_them_all(clustered):
    rows, _ = clustered
    index = FaissIvfIndex(64, nlist=40, nprobe=1)
    index.add(rows)

    hits = index.search(rows[:3], top_k=1500)

    assert (hits.ids >= 0).all()


def test_the_same_vectors_give_the_same_lists(clustered, tmp_path):
    rows, _ = clustered
    for name in ("one", "other"):
        index = FaissIvfIndex(64, threads=1)
        index.add(rows)
        index.save(tmp_path / name)

    assert (tmp_path / "one" / "vectors.faiss").read_bytes() == (tmp_path / "other" / "vectors.faiss").read_bytes()
