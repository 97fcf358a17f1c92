"""Reading a store: the rows that were written, in any way, and never a changed or missing byte."""

import hashlib
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from likewise.embedding_store import EmbeddingStore, StoreWriter
from likewise.errors import CheckpointError, InputError, InputTypeError

ROWS = np.arange(22 * 3, dtype=np.float32).reshape(22, 3)


def write(folder, rows=ROWS, size=8, **options):
    with StoreWriter.open(folder, rows_per_shard=size, dtype=str(rows.dtype), **options) as writer:
        for at in range(0, len(rows), size):
            writer.append(rows[at : at + size], source=f"{at:08x}")
        writer.finish()
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "store")


def test_files_are_ordinary_npy_files(folder):
    parts = [np.load(path) for path in sorted(folder.glob("*.npy"))]

    assert [path.name for path in sorted(folder.glob("*.npy"))] == [f"shard-0000{at}.npy" for at in range(3)]
    assert [len(part) for part in parts] == [8, 8, 6]
    np.testing.assert_array_equal(np.concatenate(parts), ROWS)


def test_the_manifest_says_what_sha256sum_says(folder):
    manifest = json.loads((folder / "manifest.json").read_text())

    for shard in manifest["shards"]:
        data = (folder / shard["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (shard["bytes"], shard["sha256"])


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint8"])
def test_numbers_and_types_come_back(tmp_path, dtype):
    rows = (ROWS % 100).astype(dtype)
    store = EmbeddingStore(write(tmp_path / "store", rows))

    assert (len(store), store.dim, store.shape, store.dtype) == (22, 3, (22, 3), np.dtype(dtype))
    np.testing.assert_array_equal(np.asarray(store), rows)
    assert np.asarray(store, dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("size", [1, 5, 8, 9, 22, 100])
@pytest.mark.parametrize("start", [0, 7, 22])
def test_tiles_hold_every_row_once_and_in_order(folder, size, start):
    tiles = list(EmbeddingStore(folder).tiles(size, start))

    assert [at for at, _ in tiles] == list(range(start, 22, size))
    assert all(len(tile) == size for _, tile in tiles[:-1])
    np.testing.assert_array_equal(np.concatenate([ROWS[:0], *(tile for _, tile in tiles)]), ROWS[start:])


@pytest.mark.parametrize(
    "key",
    [
        *(slice(0, 0), slice(3, 3), slice(5, 20), slice(None), slice(-4, None), slice(2, 20, 3), slice(None, None, -1)),
        *([], [21, 0, 8, 8, -1], np.array([7, 8], np.uint8), 0, 8, -22, np.int64(21), slice(18, 4), slice(30, 40)),
    ],
    ids=str,
)
def test_rows_by_key_are_those_of_the_array(folder, key):
    found = EmbeddingStore(folder)[key]

    np.testing.assert_array_equal(found, ROWS[np.asarray(key, np.int64) if isinstance(key, list) else key])
    found[...] = -1  # an array of its own
    np.testing.assert_array_equal(np.asarray(EmbeddingStore(folder)), ROWS)


@pytest.mark.parametrize("key", [22, -23, [0, 22], np.array([-23])], ids=str)
def test_rows_that_are_not_there_are_an_index_error(folder, key):
    with pytest.raises(IndexError, match="of a store of 22 rows"):
        EmbeddingStore(folder)[key]


@pytest.mark.parametrize("key", ["0", 1.5, None, np.array([1.5]), np.zeros((2, 2), int), np.array([True, False])])
def test_keys_of_another_kind_are_refused(folder, key):
    with pytest.raises(InputTypeError, match="integer"):
        EmbeddingStore(folder)[key]


@pytest.mark.parametrize("arguments", [(0,), (4, -1), (4, 23)])
def test_tiles_that_cannot_be_are_refused(folder, arguments):
    with pytest.raises(InputError, match="Accepted"):
        list(EmbeddingStore(folder).tiles(*arguments))


def test_iterating_ends(folder):
    assert len(list(EmbeddingStore(folder))) == 22


def test_a_store_without_rows(tmp_path):
    with StoreWriter.open(tmp_path / "store") as writer:
        writer.finish()
    store = EmbeddingStore(tmp_path / "store", verify=True)

    assert (len(store), store.dim, list(store.tiles())) == (0, 0, [])
    assert np.asarray(store).shape == store[:].shape == (0, 0)


# --- what has changed -------------------------------------------------------------------------------------------------


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_changed_number_never_comes_out(folder):
    flip(folder / "shard-00001.npy")
    store = EmbeddingStore(folder)

    np.testing.assert_array_equal(store[:8], ROWS[:8])
    for read in (lambda: store[8], lambda: store[20:4:-3], lambda: list(store.tiles(5)), lambda: np.asarray(store)):
        with pytest.raises(CheckpointError, match=r"shard-00001\.npy: has changed since it was written"):
            read()


def test_verify_compares_everything_at_once(folder):
    flip(folder / "shard-00002.npy", at=150)

    with pytest.raises(CheckpointError, match=r"shard-00002\.npy: has changed"):
        EmbeddingStore(folder, verify=True)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "shard-00002.npy: cannot be read: No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "shard-00002.npy: cut short: 199 bytes. Accepted: 200"),
        (lambda path: path.write_bytes(b""), "shard-00002.npy: cut short: 0 bytes"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "shard-00002.npy: longer than it was"),
    ],
)
def test_a_file_of_another_size_is_found_on_opening(folder, damage, message):
    damage(folder / "shard-00002.npy")

    with pytest.raises(CheckpointError, match=message):
        EmbeddingStore(folder)


def test_a_file_that_is_cut_short_while_the_store_is_open_is_found(folder):
    store = EmbeddingStore(folder)
    path = folder / "shard-00001.npy"
    path.write_bytes(path.read_bytes()[:-12])

    for read in (lambda: store[8], lambda: store[8:10]):
        with pytest.raises(CheckpointError, match=r"shard-00001\.npy: cut short"):
            read()


def test_a_file_that_is_cut_short_after_its_checksum_was_compared_is_found(folder):
    store = EmbeddingStore(folder)
    store[8:16]
    path = folder / "shard-00001.npy"
    path.write_bytes(path.read_bytes()[:-12])

    np.testing.assert_array_equal(store[8:15], ROWS[8:15])
    with pytest.raises(CheckpointError, match=r"shard-00001\.npy: cut short"):
        store[8:16]


def test_a_mapped_file_is_read_only_and_holds_its_rows(folder):
    rows = EmbeddingStore(folder).mapped(1)

    np.testing.assert_array_equal(rows, ROWS[8:16])
    assert isinstance(rows, np.memmap)
    assert not rows.flags.writeable


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs the system's count of pages")
def test_reading_tiles_holds_one_tile_in_memory(tmp_path):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    rows = np.zeros((8192, 1024), np.float32)  # 32 MB a shard
    store = EmbeddingStore(write(tmp_path / "store", np.concatenate([rows] * 6), size=8192), verify=True)
    del rows
    before = resident()
    most = max(resident() - before for _ in store.tiles(1024))

    assert most < 40e6


def change(folder, **values):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def shards_with(folder, number, **values):
    shards = json.loads((folder / "manifest.json").read_text())["shards"]
    shards[number].update(values)
    return shards


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": "other"}, "'format'"),
        ({"version": 2}, "version 2 of the format. Accepted: version 1"),
        ({"dtype": "object"}, "'dtype'"),
        ({"rows": 21}, "'rows'"),
        ({"rows_per_shard": 0}, "'rows_per_shard'"),
        ({"rows_per_shard": 9}, "shard-00000.npy has 8 rows"),
        ({"dim": 0}, "'dim'"),
        ({"complete": "yes"}, "'complete'"),
        ({"shards": {}}, "'shards'"),
        ({"shards": [1]}, "'shards'"),
        ({"dim": 4}, "shard-00000.npy: float32 .8, 3.. Accepted: float32 .8, 4."),
        ({"dtype": "float16"}, "shard-00000.npy: float32"),
    ],
    ids=str,
)
def test_a_manifest_that_cannot_be_is_refused(folder, values, message):
    change(folder, **values)

    with pytest.raises(CheckpointError, match=message):
        EmbeddingStore(folder, verify=True)


@pytest.mark.parametrize(
    "values", [{"file": "../secret.npy"}, {"rows": 7}, {"rows": 9}, {"sha256": "no"}, {"bytes": -1}], ids=str
)
def test_an_entry_of_the_manifest_that_cannot_be_is_refused(folder, values):
    change(folder, shards=shards_with(folder, 0, **values))

    with pytest.raises(CheckpointError, match=r"manifest\.json"):
        EmbeddingStore(folder)


def test_a_manifest_cut_short_and_none_at_all(folder, tmp_path):
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text()[:50])

    with pytest.raises(CheckpointError, match=r"manifest\.json: not valid JSON"):
        EmbeddingStore(folder)
    with pytest.raises(CheckpointError, match="no store of embeddings"):
        EmbeddingStore(tmp_path)


def test_an_npy_file_with_objects_is_not_unpickled(folder):
    path = folder / "shard-00000.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    data = path.read_bytes()
    checksum = hashlib.sha256(data).hexdigest()
    change(folder, shards=shards_with(folder, 0, bytes=len(data), sha256=checksum))

    with pytest.raises(CheckpointError, match="cannot be read"):
        EmbeddingStore(folder)[0]


def test_a_store_that_is_not_complete_is_opened_only_on_request(tmp_path):
    with StoreWriter.open(tmp_path / "store", rows_per_shard=8) as writer:
        writer.append(ROWS[:8])

    with pytest.raises(CheckpointError, match=r"not complete: .* after 8 rows"):
        EmbeddingStore(tmp_path / "store")
    store = EmbeddingStore(tmp_path / "store", partial=True)
    np.testing.assert_array_equal(store[:], ROWS[:8])
    assert not store.is_complete


def test_threads_share_a_store(folder):
    store = EmbeddingStore(folder)
    wrong = []

    def read():
        for _ in range(50):
            wrong.extend(at for at, tile in store.tiles(7) if not np.array_equal(tile, ROWS[at : at + 7]))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
