"""What graphs and trees owe beyond the contract: completeness, and the same result for the same input."""

import importlib
import json

import numpy as np
import pytest

from likewise.errors import CheckpointError, InputError
from likewise.index.registry import index_class

GRAPHS = ["faiss-hnsw", "usearch", "hnswlib", "annoy"]
graphs = pytest.mark.parametrize("kind", GRAPHS)


@graphs
def test_one_thread_gives_the_same_files(kind, new_index, clustered, tmp_path):
    rows, _ = clustered
    for name in ("one", "other"):
        index = new_index(kind, 64, threads=1)
        index.add(rows[:500])
        index.add(rows[500:700])
        index.save(tmp_path / name)

    one, other = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other"))
    assert one == other


@graphs
@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_all_that_is_left_is_found_after_most_was_removed(kind, metric, new_index, clustered):
    rows, queries = clustered
    index = new_index(kind, 64, metric)
    index.add(rows)
    left = np.arange(0, 2000, 40)
    index.remove(np.setdiff1d(np.arange(2000), left))

    hits = index.search(queries, top_k=50)

    assert (np.sort(hits.ids, axis=1) == left).all()


@graphs
def test_more_threads_find_as_much(kind, new_index, clustered):
    rows, _ = clustered
    index = new_index(kind, 64, threads=2)
    index.add(rows)

    assert (index.search(rows, top_k=1).ids[:, 0] == np.arange(2000)).mean() > 0.99


@graphs
@pytest.mark.parametrize("settings", [{"threads": 0}, {"M": 0}, {"trees": 0}, {"ef_search": -1}], ids=str)
def test_wrong_settings_are_refused(kind, settings, new_index):
    (name,) = settings
    if (name in ("M", "ef_search")) == (kind == "annoy") and name != "threads":
        with pytest.raises(TypeError, match=name):
            new_index(kind, 8, **settings)
        return
    with pytest.raises(InputError, match=f"{name}="):
        new_index(kind, 8, **settings)


@graphs
def test_settings_are_those_that_were_saved(kind, new_index, tmp_path):
    settings = {"trees": 7, "seed": 3} if kind == "annoy" else {"M": 7, "ef_search": 99}
    index = new_index(kind, 8, "euclidean", **settings)
    index.save(tmp_path)

    facts = json.loads((tmp_path / "index.json").read_text())["facts"]

    assert facts["metric"] == "euclidean"
    assert settings.items() <= facts["settings"].items()
    loaded = type(index).load(tmp_path)
    loaded.save(tmp_path / "again")
    assert json.loads((tmp_path / "again" / "index.json").read_text())["facts"] == facts
    loaded.close()


@graphs
def test_a_file_that_the_engine_cannot_read_is_an_error_of_ours(kind, new_index, clustered, tmp_path):
    index = new_index(kind, 64)
    index.add(clustered[0][:50])
    write = type(index)._write

    class Broken(type(index)):
        def _write(self, folder):
            write(self, folder)
            for name in ("graph.faiss", "graph.usearch", "graph.bin", "trees.ann"):
                if (folder / name).exists():
                    (folder / name).write_bytes(b"")

    index.__class__ = Broken
    index.save(tmp_path)

    with pytest.raises(CheckpointError, match="cannot read"):
        index_class(kind).load(tmp_path)


def test_hnswlib_compares_all_that_is_allowed_where_the_graph_does_not_lead(new_index, clustered, monkeypatch):
    rows, queries = clustered
    index = new_index("hnswlib", 64)
    index.add(rows)
    allowed = np.arange(0, 2000, 9)
    expected = index.search(queries, top_k=20, where={"id": allowed})

    monkeypatch.setattr(importlib.import_module("likewise.index.hnswlib"), "_FEW_ALLOWED", 0)
    hits = index.search(queries, top_k=20, where={"id": allowed})

    assert np.isin(hits.ids, allowed).all()
    assert np.mean([len(set(ours) & set(all_)) / 20 for ours, all_ in zip(hits.ids, expected.ids, strict=True)]) > 0.95
    everything = index.search(queries, top_k=len(allowed), where={"id": allowed})
    assert (np.sort(everything.ids, axis=1) == allowed).all()


def test_trees_are_built_once_for_many_adds(new_index, clustered, monkeypatch):
    rows, queries = clustered
    index = new_index("annoy", 64, trees=5)
    built = []
    made = index._new_engine
    monkeypatch.setattr(index, "_new_engine", lambda: built.append(1) or made())

    for start in range(0, 2000, 100):
        index.add(rows[start : start + 100])
    index.search(queries)
    index.search(queries)
    assert len(built) == 1

    index.remove([4])
    index.search(queries)
    assert len(built) == 2
