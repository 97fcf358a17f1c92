"""Embeddings to files: what is written can be read, and a failure leaves nothing behind."""

import io
import json
import os
import resource

import numpy as np
import pytest

from likewise.cli.writing import check_output, write_output
from likewise.errors import InputError, OutputError

ROWS = np.random.default_rng(0).standard_normal((7, 5)).astype(np.float32)
TEXTS = [f"text “{n}”" for n in range(7)]


def write_all(path, rows=ROWS, with_text=True):
    def fill(writer):
        writer.add(TEXTS[:4], rows[:4])
        writer.add(TEXTS[4:], rows[4:])

    write_output(str(path), io.StringIO(), fill, with_text=with_text)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.uint8])
def test_npy_written_in_pieces_is_one_array(tmp_path, dtype):
    rows = (ROWS * 20 + 100).clip(0, 127).astype(dtype)

    write_all(tmp_path / "a.npy", rows)

    read = np.load(tmp_path / "a.npy")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, rows)


def test_npy_of_many_pieces_can_be_memory_mapped(tmp_path):
    """The header is rewritten in place as the number of rows grows in digits."""

    def fill(writer):
        for _ in range(150):
            writer.add([""] * 70, np.ones((70, 3), np.float32))

    write_output(str(tmp_path / "a.npy"), io.StringIO(), fill, with_text=False)

    assert np.load(tmp_path / "a.npy", mmap_mode="r").shape == (10_500, 3)


def test_jsonl_gives_the_same_float32_back(tmp_path):
    write_all(tmp_path / "a.jsonl")

    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["text"] for record in records] == TEXTS
    np.testing.assert_array_equal(np.array([record["embedding"] for record in records], np.float32), ROWS)


def test_parquet_holds_texts_and_embeddings(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="extra parquet")

    write_all(tmp_path / "a.parquet")

    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column("text").to_pylist() == TEXTS
    np.testing.assert_array_equal(np.array(table.column("embedding").to_pylist(), np.float32), ROWS)


def test_texts_can_be_left_out(tmp_path):
    write_all(tmp_path / "a.jsonl", with_text=False)

    assert set(json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])) == {"embedding"}


def test_a_dash_writes_jsonl_to_stdout():
    out = io.StringIO()

    write_output("-", out, lambda writer: writer.add(["one"], ROWS[:1]), with_text=True)

    assert json.loads(out.getvalue())["text"] == "one"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"old")

    def fill(writer):
        writer.add(TEXTS[:4], ROWS[:4])
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_output(str(path), io.StringIO(), fill, with_text=False)

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.npy"]


@pytest.mark.parametrize("name", ["a.npy", "a.jsonl", "a.parquet"])
def test_a_full_disk_is_reported_with_how_far_it_was(tmp_path, name):
    """The system's limit on the size of a file stands for the disk."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="extra parquet")
    rows = np.random.default_rng(0).standard_normal((2000, 16)).astype(np.float32)

    def fill(writer):
        for _ in range(8):
            writer.add(["text"] * 2000, rows)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(OutputError, match=rf"{name}: cannot be written: .* after [\d,]+ texts. Nothing was kept"):
            write_output(str(tmp_path / name), io.StringIO(), fill, with_text=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert os.listdir(tmp_path) == []


def test_a_replaced_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path):
    target = tmp_path / "real.npy"
    target.write_bytes(b"old")
    target.chmod(0o600)
    (tmp_path / "link.npy").symlink_to(target)

    write_all(tmp_path / "link.npy")

    assert (tmp_path / "link.npy").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o600
    assert np.load(target).shape == (7, 5)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"there is no folder .*missing.*mkdir -p"):
        check_output(str(tmp_path / "missing/a.npy"), None)


def test_what_is_no_regular_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "folder.npy").mkdir()

    with pytest.raises(OutputError, match="is not a regular file"):
        check_output(str(tmp_path / "pipe.npy"), None)
    with pytest.raises(OutputError, match="is a folder"):
        check_output(str(tmp_path / "folder.npy"), None)


def test_an_unknown_extension_is_refused():
    with pytest.raises(OutputError, match=r"a\.csv: the extension '\.csv' tells no output format.*\.npy"):
        check_output("a.csv", None)


def test_npy_cannot_hold_texts():
    with pytest.raises(InputError, match=r"--text with a\.npy: npy holds numbers only"):
        check_output("a.npy", True)
