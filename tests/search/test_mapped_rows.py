import mmap
import subprocess
import sys

import numpy as np
import pytest

from likewise.search import bitext_mining_embeddings
from likewise.search.mapped_rows import MappedRows, mapped_rows

VIEWS = {
    "all": lambda rows: rows,
    "a slice": lambda rows: rows[3:],
    "some columns": lambda rows: rows[:, 1:3],
    "every other row": lambda rows: rows[::2],
    "reversed": lambda rows: rows[::-1],
    "an array": np.asarray,
}


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).standard_normal((400, 5), np.float32))
    return tmp_path / "rows.npy"


@pytest.fixture
def read_only(path):
    return np.load(path, mmap_mode="r")


@pytest.fixture
def let_go(monkeypatch):
    """Counts how often pages were let go of."""
    calls = []
    original = MappedRows.let_go
    monkeypatch.setattr(MappedRows, "let_go", lambda self: (calls.append(1), original(self)))
    return calls


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_views_of_a_map_read_as_before(path, view, mode):
    rows = view(np.load(path, mmap_mode=mode))

    mapped = mapped_rows(rows, most_held=100)

    assert isinstance(mapped, MappedRows)
    assert (len(mapped), mapped.shape, mapped.dtype, mapped.ndim) == (len(rows), rows.shape, rows.dtype, 2)
    numbers = np.random.default_rng(1).integers(0, len(rows), 300)
    assert (mapped[numbers] == rows[numbers]).all()
    assert mapped[np.empty(0, np.int64)].shape == (0, rows.shape[1])
    assert (mapped[10:50] == rows[10:50]).all()
    assert (np.asarray(mapped) == rows).all()


def test_rows_stay_valid_when_pages_are_let_go(read_only):
    mapped = mapped_rows(read_only, most_held=100)
    first = mapped[:40]

    mapped.let_go()

    assert (first == np.array(read_only[:40])).all()


def test_pages_are_let_go_when_enough_was_read(read_only, let_go):
    mapped = mapped_rows(read_only, most_held=50 * 20)

    for start in range(0, 400, 10):
        mapped[start : start + 10]

    assert len(let_go) == 400 // 60


def test_a_row_by_number_counts_as_all_that_the_system_may_map(read_only, let_go):
    mapped = MappedRows(read_only, read_only._mmap, most_held=2**22)

    for number in range(5):
        mapped[np.array([number])]

    assert len(let_go) == 2


def test_changes_in_a_private_map_survive(path, let_go):
    rows = np.load(path, mmap_mode="c")
    rows[:] = 7

    for view in VIEWS.values():
        assert mapped_rows(view(rows), most_held=0) is not None
        assert not isinstance(mapped_rows(view(rows), most_held=0), MappedRows)
    pages = mmap.mmap(-1, 4000, access=mmap.ACCESS_COPY)
    assert not isinstance(mapped_rows(np.frombuffer(pages, np.float32).reshape(-1, 5), 0), MappedRows)
    assert (rows == 7).all()


def test_changes_in_a_shared_map_survive(path):
    rows = np.load(path, mmap_mode="r+")
    rows[:] = 7

    mapped_rows(rows, most_held=0).let_go()

    assert (rows == 7).all()


def test_what_is_no_map_or_is_small_stays_as_it_is(read_only):
    rows = np.ones((400, 5))

    assert mapped_rows(rows, most_held=0) is rows
    assert mapped_rows(read_only) is read_only


def test_a_system_without_this_call_keeps_the_pages(read_only, monkeypatch):
    monkeypatch.delattr(mmap, "MADV_DONTNEED", raising=False)

    assert (mapped_rows(read_only, most_held=10)[:] == read_only).all()


def test_mining_of_maps_gives_the_same(path, monkeypatch, let_go):
    rows = np.load(path, mmap_mode="r")
    expected = bitext_mining_embeddings(np.array(rows[:150]), np.array(rows[150:]), chunk_size=20)
    monkeypatch.setattr("likewise.search.rows.mapped_rows", lambda rows: mapped_rows(rows, most_held=1000))

    assert bitext_mining_embeddings(rows[:150], rows[150:], chunk_size=20) == expected
    assert let_go


_SEARCH = """
import functools, sys, threading, time
import numpy as np
from likewise.search import bitext_mining_embeddings, semantic_search
from likewise.search.mapped_rows import mapped_rows

for module in ("rows", "semantic_search"):
    sys.modules["likewise.search." + module].mapped_rows = functools.partial(mapped_rows, most_held=2**23)

def resident():
    with open("/proc/self/status") as file:
        return 1024 * next(int(line.split()[1]) for line in file if line.startswith("RssFile"))

def watch():
    global most
    while True:
        most = max(most, resident())
        time.sleep(0.002)

rows = np.load(sys.argv[1], mmap_mode="r")
semantic_search(np.array(rows[:2]), rows[:100])
most = before = resident()
threading.Thread(target=watch, daemon=True).start()
semantic_search(np.array(rows[:2]), rows)
bitext_mining_embeddings(np.array(rows[:2]), rows)
print(most - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_search_of_a_large_map_stays_in_little_memory(tmp_path):
    size, width = 2**27, 1024
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", "w+", np.float32, (size // 4 // width, width))
    rows[:, :2] = np.random.default_rng(0).standard_normal((len(rows), 2), np.float32)
    del rows

    run = subprocess.run(
        [sys.executable, "-c", _SEARCH, tmp_path / "rows.npy"], capture_output=True, text=True, check=True
    )

    assert int(run.stdout) < 0.4 * size
