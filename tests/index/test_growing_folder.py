import errno
import os

import numpy as np
import pytest

from likewise.errors import CheckpointError, OutputError
from likewise.index import growing_folder
from likewise.index.growing_folder import BLOCKS, IDS, REMOVED, VECTORS, Counted, GrowingFolder, create_folder

FILES = [VECTORS, IDS, REMOVED, BLOCKS]


@pytest.fixture
def folder(tmp_path):
    """A folder with two calls of `append` and one of `remove`."""
    create_folder(tmp_path / "index", Counted(3, "cosine", "float32"))
    growing = GrowingFolder(tmp_path / "index")
    growing.append(np.ones((4, 3)), np.arange(4), 4)
    growing.append(np.zeros((2, 3)), np.array([9, 8]), 10)
    growing.remove(np.array([1]))
    growing.close()
    return tmp_path / "index"


def test_what_counts_is_read_again(folder):
    growing = GrowingFolder(folder, verify=True)
    counted = growing.counted

    assert (counted.rows, counted.removed, counted.first_free, counted.blocks) == (6, 1, 10, 3)
    assert (folder / VECTORS).read_bytes() == np.repeat(np.float32([1, 0]), [12, 6]).tobytes()
    assert np.fromfile(folder / IDS, np.int64).tolist() == [0, 1, 2, 3, 9, 8]
    assert np.fromfile(folder / REMOVED, np.int64).tolist() == [1]
    growing.close()


@pytest.mark.parametrize("name", FILES)
def test_what_is_behind_is_cut_off(folder, name):
    before = (folder / name).read_bytes()
    with (folder / name).open("ab") as stream:
        stream.write(b"half of a ro")

    GrowingFolder(folder, verify=True).close()

    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_named(folder, name):
    os.truncate(folder / name, (folder / name).stat().st_size - 1)

    with pytest.raises(CheckpointError, match=rf"{name} has \d+ bytes, \d+ were written"):
        GrowingFolder(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_found_where_checksums_are_compared(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(CheckpointError, match=f"{name} is not what was written"):
        GrowingFolder(folder, verify=True)
    if name != BLOCKS:
        GrowingFolder(folder).close()


def test_a_second_writer_is_refused_until_the_first_is_done(folder):
    first = GrowingFolder(folder)

    with pytest.raises(OutputError, match="is open for adding elsewhere"):
        GrowingFolder(folder)

    first.close()
    GrowingFolder(folder).close()


def test_a_folder_that_was_replaced_is_not_written_to(folder, tmp_path):
    growing = GrowingFolder(folder)
    os.rename(folder, tmp_path / "aside")
    create_folder(folder, Counted(3, "cosine", "float32"))

    with pytest.raises(OutputError, match="was replaced while it was open"):
        growing.append(np.ones((1, 3)), np.array([20]), 21)

    assert (folder / VECTORS).stat().st_size == 0
    growing.close()


@pytest.mark.parametrize("step", range(4))
def test_a_full_disk_adds_nothing_and_what_comes_later_is_right(folder, step, monkeypatch):
    growing = GrowingFolder(folder)
    left = [step]
    fsync = os.fsync

    def full(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        growing.append(np.ones((5, 3)), np.arange(20, 25), 25)
    monkeypatch.undo()

    if step == 3:  # the manifest itself: which one is there is not known any more
        with pytest.raises(OutputError, match="open the folder again"):
            growing.append(np.ones((1, 3)), np.array([20]), 21)
        growing.close()
        growing = GrowingFolder(folder)
    growing.append(np.ones((1, 3)), np.array([20]), 21)
    growing.close()

    again = GrowingFolder(folder, verify=True)
    assert again.counted.rows == 7
    again.close()


@pytest.mark.parametrize("facts", [{"dim": 0}, {"rows": -1}, {"metric": "angle"}, {"dtype": "int8"}, {"rows": "4"}])
def test_wrong_facts_are_refused(folder, facts):
    counted = growing_folder.read_counted(folder)
    values = {name: getattr(counted, name) for name in Counted.__dataclass_fields__} | facts
    files = {name: {"bytes": 0, "grows": True} for name in FILES}
    growing_folder.write_manifest(folder, "exact", values, files)

    with pytest.raises(CheckpointError, match="facts are missing or wrong"):
        GrowingFolder(folder)


def test_files_of_somebody_else_are_not_overwritten(tmp_path):
    (tmp_path / "ids.bin").write_text("mine")

    with pytest.raises(OutputError, match=r"ids\.bin is there, but index\.json is not"):
        create_folder(tmp_path, Counted(3, "cosine", "float32"))
