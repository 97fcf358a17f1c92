"""Writing a store: whole shards, one after the other; what is refused; what a full disk and a kill leave."""

import errno
import os
import sys
import threading

import numpy as np
import pytest

from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.errors import CheckpointError, InputError, OutputError, ShapeError

ROWS = np.arange(20 * 3, dtype=np.float32).reshape(20, 3)


def go_on(folder):
    return StoreWriter.open(folder, origin={"model": "a"})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def begun(tmp_path):
    """A store with two of three shards."""
    folder = tmp_path / "store"
    with StoreWriter.open(folder, rows_per_shard=8, origin={"model": "a"}, about={"by": "me"}) as writer:
        writer.append(ROWS[:8], "aaaaaaaa")
        writer.append(ROWS[8:16], "bbbbbbbb")
    return folder


def test_a_store_is_gone_on_with(begun):
    with StoreWriter.open(begun, origin={"model": "a"}, about={"by": "you"}) as writer:
        assert (writer.rows, writer.rows_per_shard, writer.ends) == (16, 8, False)
        assert [shard.source for shard in writer.shards] == ["aaaaaaaa", "bbbbbbbb"]
        writer.append(ROWS[16:])
        assert writer.ends
        writer.finish()

    store = EmbeddingStore(begun, verify=True)
    np.testing.assert_array_equal(np.asarray(store), ROWS)
    assert (store.origin, store.about, store.is_complete) == ({"model": "a"}, {"by": "me"}, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"origin": {"model": "b"}}, "made with model='a', which model='b' does not fit"),
        ({"origin": {}}, "model='a', which model=None"),
        ({"origin": {"model": "a", "prompt": "x"}}, "prompt=None, which prompt='x'"),
        ({"origin": {"model": "a"}, "dtype": "float16"}, "dtype='float32', which dtype='float16'"),
        ({"origin": {"model": "a"}, "rows_per_shard": 9}, "rows_per_shard=8, which rows_per_shard=9"),
        ({"origin": {"model": "a"}, "resume": False}, "holds embeddings"),
        ({"origin": {"model": "a"}, "rows_per_shard": 0}, "rows_per_shard=0"),
        ({"origin": {"model": "a"}, "dtype": "float64"}, "dtype='float64'"),
    ],
    ids=str,
)
def test_a_store_that_does_not_fit_is_refused_and_stays(begun, options, message):
    before = {path.name: path.read_bytes() for path in begun.iterdir()}

    with pytest.raises(InputError, match=message), StoreWriter.open(begun, **options):
        pass

    assert {path.name: path.read_bytes() for path in begun.iterdir()} == before


def test_other_peoples_folders_and_files_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(OutputError, match=r"holds other files|is a file"), StoreWriter.open(path):
            pass

    assert names(tmp_path) == ["notes.txt"]


def test_what_a_kill_has_left_is_removed_and_nothing_else(begun):
    leftovers = [".shard-00002.npy.0a1b2c3d.likewise-new-0a1b2c3d", "shard-00002.npy", "shard-00007.npy"]
    others = ["notes.txt", ".hidden", "shard-x.npy"]
    for name in (*leftovers, *others):
        (begun / name).write_text("x")

    with go_on(begun):
        pass

    assert names(begun) == sorted([".lock", "manifest.json", "shard-00000.npy", "shard-00001.npy", *others])


@pytest.mark.parametrize("size", [0, 100])
def test_a_shard_cut_short_is_not_gone_on_with(begun, size):
    os.truncate(begun / "shard-00001.npy", size)

    with pytest.raises(CheckpointError, match=r"shard-00001\.npy: cut short"), go_on(begun):
        pass


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (np.zeros((0, 3), np.float32), ShapeError, "shape .0, 3."),
        (np.zeros((9, 3), np.float32), ShapeError, "shape .9, 3."),
        (np.zeros((8, 4), np.float32), ShapeError, "shape .8, 4."),
        (np.zeros(8, np.float32), ShapeError, "shape .8."),
        (np.zeros((8, 3), np.float64), InputError, "rows of float64"),
        (np.where(ROWS[:8] == 10, np.nan, ROWS[:8]), InputError, "row 19 holds NaN or infinity"),
        (np.where(ROWS[:8] == 0, np.inf, ROWS[:8]), InputError, "row 16 holds NaN or infinity"),
    ],
    ids=lambda value: str(getattr(value, "shape", "")),
)
def test_rows_that_do_not_fit_are_refused_and_the_store_stays_usable(begun, rows, error, message):
    with go_on(begun) as writer:
        with pytest.raises(error, match=message):
            writer.append(rows)
        writer.append(ROWS[16:])
        writer.finish()

    np.testing.assert_array_equal(np.asarray(EmbeddingStore(begun)), ROWS)


def test_nothing_follows_a_short_shard(tmp_path):
    with StoreWriter.open(tmp_path / "store", rows_per_shard=8) as writer:
        writer.append(ROWS[:3])
        with pytest.raises(InputError, match="has its last one"):
            writer.append(ROWS[:8])


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks")
def test_two_writers_at_once_are_refused(begun):
    told = []

    def second():
        try:
            with go_on(begun):
                told.append("open")
        except OutputError as error:
            told.append(str(error))

    with go_on(begun):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    second()

    assert "another process is writing to" in told[0]
    assert told[1] == "open"


@pytest.mark.parametrize("call", range(1, 5))
def test_a_full_disk_leaves_the_shards_before_and_writing_can_go_on(begun, monkeypatch, call):
    """Whichever of the calls that make a shard and its manifest durable is the one that fails."""
    calls = 0
    real = os.fsync

    def full(descriptor):
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with go_on(begun) as writer:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match=r"No space left.*the 16 rows before are kept.*free space") as caught:
            writer.append(ROWS[16:])
        monkeypatch.setattr(os, "fsync", real)

    assert isinstance(caught.value, OSError)
    found = np.asarray(EmbeddingStore(begun, partial=True, verify=True))
    assert len(found) in ((16, 20) if call == 4 else (16,))  # the last call makes the new manifest's name durable
    np.testing.assert_array_equal(found, ROWS[: len(found)])
    with go_on(begun) as writer:
        if not writer.ends:
            writer.append(ROWS[16:])
        writer.finish()
    np.testing.assert_array_equal(np.asarray(EmbeddingStore(begun, verify=True)), ROWS)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of resources")
def test_a_system_that_takes_no_more_bytes_is_reported(begun):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = np.zeros((8, 3), np.float32)
    with go_on(begun) as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, before[1]))
        try:
            with pytest.raises(OutputError, match=r"shard-00002\.npy cannot be written: File too large; the 16 rows"):
                writer.append(big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert names(begun) == [".lock", "manifest.json", "shard-00000.npy", "shard-00001.npy"]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder where nobody may write")
def test_a_place_where_nothing_can_be_written_is_reported():
    with pytest.raises(OutputError, match="/proc/self/store cannot be made"), StoreWriter.open("/proc/self/store"):
        pass
