import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import CheckpointError, InputError, OutputError
from likewise.hub import atomic
from likewise.index import exact, nearest_rows
from likewise.index.exact import ExactIndex
from likewise.util import cos_sim, dot_score, euclidean_sim, semantic_search

FUNCTIONS = {"cosine": cos_sim, "dot": dot_score, "euclidean": euclidean_sim}


@pytest.fixture
def rows():
    """400 vectors, of which many are equal."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((100, 12)).astype(np.float32)[rng.integers(0, 100, 400)]


@pytest.fixture(params=[2**28, 1000], ids=["one portion", "portions of 20 rows"])
def portions(request, monkeypatch):
    monkeypatch.setattr(nearest_rows, "_PORTION_BYTES", request.param)
    monkeypatch.setattr(exact, "_SAVED_AT_ONCE", request.param)


@pytest.mark.usefixtures("portions")
@pytest.mark.parametrize("metric", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("place", ["memory", "folder", "loaded", "loaded and added to"])
def test_results_are_those_of_semantic_search(rows, metric, dtype, place, tmp_path):
    index = (
        ExactIndex.open(tmp_path, 12, metric, dtype=dtype) if place == "folder" else ExactIndex(12, metric, dtype=dtype)
    )
    index.add(rows[:150])
    if place.startswith("loaded"):
        if place == "loaded":
            index.add(rows[150:])
        index.save(tmp_path / "saved")
        index = ExactIndex.load(tmp_path / "saved")
    if place != "loaded":
        index.add(rows[150:])

    hits = index.search(rows[::7], top_k=9)

    expected = semantic_search(rows[::7], rows.astype(dtype), top_k=9, score_function=FUNCTIONS[metric])
    assert hits.lists() == expected
    index.close()


@pytest.mark.usefixtures("portions")
def test_equal_scores_are_in_the_order_of_ids_also_where_ids_are_in_none(rows, tmp_path):
    order = np.random.default_rng(1).permutation(400)
    expected = semantic_search(rows[:20], rows, top_k=9)
    for index in (ExactIndex(12), ExactIndex.open(tmp_path / "index", 12)):
        index.add(rows[order[:200]], ids=order[:200])
        index.add(rows[order[200:]], ids=order[200:])

        assert index.search(rows[:20], top_k=9).lists() == expected
        index.save(tmp_path / "saved")
        assert ExactIndex.load(tmp_path / "saved").search(rows[:20], top_k=9).lists() == expected
        index.close()


@pytest.mark.usefixtures("portions")
def test_what_is_removed_or_not_allowed_is_as_if_it_were_not_there(rows, tmp_path):
    index = ExactIndex.open(tmp_path, 12)
    index.add(rows)
    left = np.setdiff1d(np.arange(400), np.arange(0, 400, 3))
    index.remove(np.arange(0, 400, 3))

    found = index.search(rows[:9], top_k=5)
    allowed = index.search(rows[:9], top_k=5, where={"id": np.arange(100, 400)})

    few = semantic_search(rows[:9], rows[left], top_k=5)
    assert found.ids.tolist() == [[left[hit["corpus_id"]] for hit in hits] for hits in few]
    few = semantic_search(rows[:9], rows[left[left >= 100]], top_k=5)
    assert allowed.ids.tolist() == [[left[left >= 100][hit["corpus_id"]] for hit in hits] for hits in few]
    index.close()


def test_a_folder_goes_on_where_it_was_left(rows, tmp_path):
    index = ExactIndex.open(tmp_path / "index", dim=12, metric="dot")
    index.add(rows[:5])
    index.remove([4])
    index.close()

    again = ExactIndex.open(tmp_path / "index")
    assert (len(again), again.dim, again.metric, again.dtype) == (4, 12, "dot", "float32")
    assert again.add(rows[5:7]).tolist() == [5, 6]
    assert len(ExactIndex.load(tmp_path / "index")) == 6
    again.close()


def test_saving_to_its_own_folder_frees_space_and_goes_on(rows, tmp_path):
    index = ExactIndex.open(tmp_path / "index", dim=12)
    index.add(rows[:100])
    index.remove(np.arange(10, 100))

    index.save(tmp_path / "index")

    assert (tmp_path / "index" / "vectors.bin").stat().st_size == 10 * 12 * 4
    assert index.add(rows[100:101]).tolist() == [100]
    assert index.search(rows[100], top_k=1).ids.tolist() == [[100]]
    with pytest.raises(OutputError, match="open for adding elsewhere"):
        ExactIndex.open(tmp_path / "index")
    index.close()
    assert len(ExactIndex.load(tmp_path / "index")) == 11


def test_a_loaded_index_leaves_its_folder_alone(rows, tmp_path):
    index = ExactIndex(12)
    index.add(rows[:10])
    index.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    loaded = ExactIndex.load(tmp_path)
    loaded.add(rows[10:20])
    loaded.remove([0])
    assert loaded.search(rows[15], top_k=30).ids[0, 0] == 15

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_float16_refuses_what_it_cannot_hold(rows):
    index = ExactIndex(12, "dot", dtype="float16")

    with pytest.raises(InputError, match="embeddings, row 1, holds a number beyond float16"):
        index.add(np.stack([rows[0], rows[0] * 1e6]))

    assert len(index) == 0


@pytest.mark.parametrize(("name", "value"), [("dim", 13), ("metric", "dot"), ("dtype", "float16")])
def test_a_folder_of_another_shape_is_not_opened(tmp_path, name, value):
    ExactIndex.open(tmp_path, dim=12).close()

    with pytest.raises(InputError, match=f"{name}={value!r}, but the index in"):
        ExactIndex.open(tmp_path, **{name: value})
    ExactIndex.open(tmp_path).close()


def test_a_folder_that_a_killed_save_had_set_aside_is_opened_and_not_made_anew(rows, tmp_path):
    index = ExactIndex.open(tmp_path / "index", dim=12)
    index.add(rows[:5])
    index.close()
    aside = atomic._sibling(tmp_path / "index", "old")
    (tmp_path / "index").rename(aside)

    again = ExactIndex.open(tmp_path / "index", dim=12)

    assert len(again) == 5
    again.close()


def test_a_new_folder_needs_a_dimension(tmp_path):
    with pytest.raises(InputError, match=r"there is no index in .*dim="):
        ExactIndex.open(tmp_path / "index")


def test_checksums_are_compared_on_demand(rows, tmp_path):
    index = ExactIndex(12)
    index.add(rows)
    index.save(tmp_path)
    file = tmp_path / "vectors.bin"
    content = bytearray(file.read_bytes())
    content[77] ^= 1
    file.write_bytes(content)

    ExactIndex.open(tmp_path).close()
    ExactIndex.load(tmp_path, verify=False).close()
    with pytest.raises(CheckpointError, match=r"vectors\.bin is not what was written"):
        ExactIndex.open(tmp_path, verify=True)
    with pytest.raises(CheckpointError, match=r"vectors\.bin is not what was written"):
        ExactIndex.load(tmp_path)


def test_a_closed_index_says_so(rows):
    index = ExactIndex(12)
    index.close()

    with pytest.raises(InputError, match="the index is closed"):
        index.add(rows)
    with pytest.raises(InputError, match="the index is closed"):
        index.search(rows)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from /proc")
def test_memory_does_not_grow_with_the_folder(tmp_path):
    index = ExactIndex.open(tmp_path, dim=256)
    for _ in range(12):
        index.add(np.random.default_rng(0).standard_normal((10_000, 256), np.float32))  # 10 MB
    index.close()
    code = """if True:
        import sys, numpy as np
        from likewise.index import nearest_rows
        from likewise.index.exact import ExactIndex
        def peak_mb():
            lines = open("/proc/self/status").read().splitlines()
            return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
        nearest_rows._PORTION_BYTES = 2**23
        index = ExactIndex.open(sys.argv[1])
        queries = np.random.default_rng(1).standard_normal((20, 256))
        before = peak_mb()
        index.search(queries)
        index.search(queries, where={"id": np.arange(0, 120_000, 2)})
        print(peak_mb() - before, "torch" in sys.modules)
    """

    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)

    grown, with_torch = done.stdout.split()
    assert float(grown) < 70  # of 123 MB
    assert with_torch == "False"
