"""Vectors in a LanceDB folder."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from likewise.errors import CheckpointError, InputError
from likewise.index.lance import LanceIndex
from likewise.index.registry import create_index, load_index

pytest.importorskip("lancedb")


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)


def test_a_folder_is_the_index_and_lasts(rows, tmp_path):
    index = create_index("lancedb", 8, path=tmp_path / "index")
    index.add(rows[:300], fields=[{"even": number % 2 == 0} for number in range(300)])
    index.add(rows[300:])
    index.remove([399, 5])
    index.close()

    loaded = load_index(tmp_path / "index")
    assert len(loaded) == 398
    assert loaded.search(rows[6], 1, where={"even": True}).ids.tolist() == [[6]]
    assert loaded.add(rows[:1]).tolist() == [400]
    loaded.close()
    again = LanceIndex(8, path=tmp_path / "index")
    assert len(again) == 399
    again.close()


def test_a_folder_of_something_else_is_left_alone(rows, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="holds something else"):
        LanceIndex(8, path=tmp_path / "mine")
    LanceIndex(8, path=tmp_path / "index").close()
    with pytest.raises(InputError, match=r"holds .*8, 'cosine'.*9, 'cosine'"):
        LanceIndex(9, path=tmp_path / "index")
    with pytest.raises(InputError, match="'dot'"):
        LanceIndex(8, "dot", path=tmp_path / "index")
    exact = create_index("exact", 8)
    exact.save(tmp_path / "exact")
    with pytest.raises(InputError, match="'exact'"):
        LanceIndex(8, path=tmp_path / "exact")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_temporary_index_leaves_nothing(rows):
    index = LanceIndex(8)
    index.add(rows)
    folder = index._folder
    assert folder.exists()

    index.close()

    assert not folder.parent.exists()
    with pytest.raises(InputError, match="was closed"):
        index.search(rows[0])


def test_optimizing_and_saving_in_place_keep_everything(rows, tmp_path):
    index = LanceIndex(8, path=tmp_path / "index")
    for number in range(10):
        index.add(rows[number * 10 : number * 10 + 10])
    index.remove(np.arange(50))

    index.optimize()
    index.save(tmp_path / "index")
    index.add(rows[100:110])
    index.save(tmp_path / "copy")

    for folder in ("index", "copy"):
        loaded = LanceIndex.load(tmp_path / folder)
        assert len(loaded) == 60
        assert loaded.search(rows[50:110], 1).ids[:, 0].tolist() == list(range(50, 110))
        loaded.close()
    index.close()


def test_an_index_saved_over_one_with_more_versions_is_itself(rows, tmp_path):
    old = LanceIndex(8, path=tmp_path / "index")
    for number in range(5):
        old.add(rows[number : number + 1])
    old.close()
    (tmp_path / "index" / "notes.txt").write_text("mine")
    index = LanceIndex(8)
    index.add(rows[100:102])

    index.save(tmp_path / "index")

    loaded = load_index(tmp_path / "index")
    assert loaded.search(rows[101], 5).ids[0].tolist() == [1, 0]
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "index").iterdir()) == [
        "index.json",
        "notes.txt",
        "vectors",
    ]
    loaded.close()
    index.close()


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("method", ["ivf_flat", "ivf_pq"])
def test_approximate_indexes_find_what_exact_search_finds(rows, metric, method):
    exact, index = LanceIndex(8, metric), LanceIndex(8, metric, index=method)
    with pytest.raises(InputError, match="at least 256"):
        index.build_index()
    exact.add(rows)
    index.add(rows[:300])
    index.build_index()
    index.add(rows[300:])

    truth, found = exact.search(rows[::20], 5), index.search(rows[::20], 5)

    assert (found.ids == truth.ids).mean() > 0.9
    assert np.isclose(found.scores, truth.scores, atol=1e-3).mean() > 0.9
    exact.close()
    index.close()


def test_of_equal_vectors_the_lower_ids_come_first(rows):
    index = LanceIndex(8)
    index.add(np.repeat(rows[:2], 100, axis=0)[::-1], ids=np.arange(200)[::-1])

    assert index.search(rows[:2], 3).ids.tolist() == [[0, 1, 2], [100, 101, 102]]
    index.close()


def test_values_and_names_cannot_become_conditions(rows):
    nasty = "x' OR true OR '' = '\\"
    index = LanceIndex(8)
    index.add(rows[:3], fields=[{nasty: nasty}, {nasty: "other"}, {"n": 2.0}])

    assert index.search(rows[1], 3, where={nasty: nasty}).ids.tolist() == [[0, -1, -1]]
    assert index.search(rows[1], 3, where={nasty: ["'", "other"]}).ids.tolist() == [[1, -1, -1]]
    assert index.search(rows[1], 3, where={"n": 2}).ids.tolist() == [[2, -1, -1]]
    with pytest.raises(InputError, match="no vector in the index has such a field"):
        index.search(rows[1], where={"') OR true --": 1})
    index.close()


def test_many_threads_search_at_once(rows):
    index = LanceIndex(8)
    index.add(rows)
    found = {}

    def search(number):
        found[number] = index.search(rows[number * 50 : number * 50 + 50], 1).ids[:, 0].tolist()

    threads = [threading.Thread(target=search, args=(number,), daemon=True) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert found == {number: list(range(number * 50, number * 50 + 50)) for number in range(8)}
    index.close()


def test_a_kill_leaves_whole_adds_and_the_program_ends_by_itself_otherwise(rows, tmp_path):
    program = (
        "import sys, numpy as np\n"
        "from likewise.index.lance import LanceIndex\n"
        "index = LanceIndex(8, path=sys.argv[1])\n"
        "for number in range(int(sys.argv[2])):\n"
        "    index.add(np.ones((50, 8)) * (number + 1))\n"
        "    print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "index")]
    ended = subprocess.run([*command, "2"], timeout=120, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n1\n", "")
    with subprocess.Popen([*command, "10000"], stdout=subprocess.PIPE, text=True) as process:
        for _ in range(5):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        done = 5 + len(process.stdout.read().split())

    index = load_index(tmp_path / "index")
    assert len(index) in ((done + 2) * 50, (done + 3) * 50)
    assert index.add(rows[:1]).tolist() == [len(index) - 1]
    index.close()


def test_a_table_that_cannot_be_read_is_an_error(rows, tmp_path):
    index = LanceIndex(8, path=tmp_path / "index")
    index.add(rows)
    index.save(tmp_path / "index")
    index.close()
    for file in (tmp_path / "index").glob("vectors-*/data/*"):
        file.write_bytes(file.read_bytes()[:-10])

    with pytest.raises(CheckpointError, match="bytes"):
        load_index(tmp_path / "index")
