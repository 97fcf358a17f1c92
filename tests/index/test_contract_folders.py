"""What every kind of index must do with its folder, whatever its engine."""

import json

import numpy as np
import pytest

from likewise.errors import CheckpointError, InputError, ModelNotFoundError
from likewise.index.registry import KINDS, load_index

kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
def test_what_was_saved_is_loaded(kind, index, rows, tmp_path):
    index.add(rows, ids=np.arange(30)[::-1] * 3)
    index.remove([0, 9])
    before = index.search(rows, top_k=7)

    index.save(tmp_path / "saved")
    loaded = load_index(tmp_path / "saved")

    assert type(loaded) is type(index)
    assert (len(loaded), loaded.dim, loaded.metric) == (28, 8, "cosine")
    after = loaded.search(rows, top_k=7)
    assert after.ids.tolist() == before.ids.tolist()
    assert after.scores == pytest.approx(before.scores, abs=1e-6)
    loaded.close()


@kinds
def test_a_loaded_index_goes_on(index, rows, tmp_path):
    index.add(rows[:10])
    index.remove([9, 0])
    index.save(tmp_path / "saved")
    index.close()

    loaded = load_index(tmp_path / "saved")
    assert loaded.add(rows[10:20]).tolist() == list(range(10, 20))
    with pytest.raises(InputError, match="id 4 is in the index already"):
        loaded.add(rows[:1], ids=[4])
    assert loaded.remove([2]) == 1
    assert loaded.search(rows[1:2], top_k=1).ids.tolist() == [[1]]
    assert loaded.search(rows[15:16], top_k=1).ids.tolist() == [[15]]
    loaded.save(tmp_path / "again")
    loaded.close()

    again = load_index(tmp_path / "again")
    assert sorted(again.search(rows[0], top_k=30).ids[0].tolist()) == sorted(set(range(1, 20)) - {2, 9})
    again.close()


@kinds
def test_saving_over_an_index_replaces_it(index, rows, new_index, tmp_path):
    from_before = new_index("exact", 8)
    from_before.add(rows[:5])
    from_before.save(tmp_path / "saved")
    (tmp_path / "saved" / "notes.txt").write_text("mine")

    index.add(rows[5:8])
    index.save(tmp_path / "saved")
    index.save(tmp_path / "saved")

    loaded = load_index(tmp_path / "saved")
    assert type(loaded) is type(index)
    assert len(loaded) == 3
    written = json.loads((tmp_path / "saved" / "index.json").read_text())["files"]
    assert {path.name for path in (tmp_path / "saved").iterdir()} >= {"notes.txt", "index.json"}
    assert {
        path.relative_to(tmp_path / "saved").as_posix() for path in (tmp_path / "saved").rglob("*.*") if path.is_file()
    } - {
        "notes.txt",
        "index.json",
    } <= set(written)
    loaded.close()


@kinds
def test_an_empty_index_can_be_saved_and_loaded(index, rows, tmp_path):
    index.save(tmp_path / "saved")

    loaded = load_index(tmp_path / "saved")

    assert len(loaded) == 0
    assert loaded.search(rows[:2]).ids.shape == (2, 0)
    assert loaded.add(rows[:2]).tolist() == [0, 1]
    assert loaded.search(rows[1], top_k=1).ids.tolist() == [[1]]
    loaded.close()


@kinds
def test_a_missing_folder_is_named(index, tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"there is no index in .*nowhere"):
        type(index).load(tmp_path / "nowhere")


@kinds
def test_damaged_folders_are_not_loaded(index, rows, tmp_path):
    index.add(rows)
    index.save(tmp_path / "saved")
    files = [path for path in (tmp_path / "saved").rglob("*") if path.is_file() and path.stat().st_size]

    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[:-1])
        with pytest.raises(CheckpointError):
            type(index).load(tmp_path / "saved")
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(CheckpointError):
            type(index).load(tmp_path / "saved")
        file.unlink()
        with pytest.raises(CheckpointError, match="missing"):
            type(index).load(tmp_path / "saved")
        file.write_bytes(content)

    loaded = type(index).load(tmp_path / "saved")
    assert len(loaded) == 30
    loaded.close()


@kinds
def test_another_version_and_another_kind_are_named(kind, index, rows, new_index, tmp_path):
    index.save(tmp_path / "saved")
    manifest = tmp_path / "saved" / "index.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(CheckpointError, match=r"version 2.*version 1"):
        type(index).load(tmp_path / "saved")

    other = new_index("exact" if kind != "exact" else "faiss-flat", 8)
    other.save(tmp_path / "other")
    with pytest.raises(CheckpointError, match=f"holds an index of kind.*{kind}"):
        type(index).load(tmp_path / "other")


@kinds
def test_an_index_can_be_closed_twice(index, rows, tmp_path):
    index.add(rows[:2])
    index.save(tmp_path / "saved")

    index.close()
    index.close()

    loaded = load_index(tmp_path / "saved")
    assert len(loaded) == 2
    loaded.close()
