"""What is left of a file: byte for byte what was there, whatever a text is in it."""

import os
from pathlib import Path

import pytest

from likewise.cli.remaining import Remaining
from likewise.errors import InputError, OutputError
from likewise.texts.reading import ReadOptions


def left(source, gone, **options):
    output = source.with_name(f"left{source.suffix}")
    Remaining.of(str(source), ReadOptions(**options), str(output)).write(gone)
    return output.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "gone", "expected"),
    [
        ("a.txt", "one\r\ntwo\n\nthree", {2}, "one\r\n\nthree"),
        ("a.txt", "one\ntwo", {1, 2}, ""),
        ("a.md", "# Title\n\nA first\nparagraph.\n\nA second.\n", {3}, "# Title\n\nA second.\n"),
        ("a.tsv", 'id\ttext\n1\ta "quote\n2\tb\n', {2}, "id\ttext\n2\tb\n"),
        ("a.csv", 'text,id\n"two\nlines",1\n"two\n\nmore",2\n', {2}, 'text,id\n"two\n\nmore",2\n'),
        ("a.jsonl", '{"text":  "a"}\n\n"b"\n', {3}, '{"text":  "a"}\n\n'),
        ("a.txt", "naïve 🦊\nb\n", {2}, "naïve 🦊\n"),
    ],
)
def test_lines_that_stay_are_copied(write, name, content, gone, expected):
    assert left(write(name, content), gone) == expected.encode()


def test_a_format_that_the_extension_does_not_tell(write):
    source = write("notes.log", "one\ntwo\n")
    with pytest.raises(InputError, match="extension"):
        left(source, {1})

    output = source.with_name("left.txt")
    Remaining.of(str(source), ReadOptions(format="txt"), str(output)).write({1})

    assert output.read_text() == "two\n"


def test_rows_of_parquet_keep_their_columns_and_types(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"text": ["a", "b", "c"], "tags": [["x"], None, []], "n": arrow.array([1, 2, 3], arrow.int8())})
    parquet.write_table(table, tmp_path / "a.parquet")

    Remaining.of(str(tmp_path / "a.parquet"), ReadOptions(), str(tmp_path / "b.parquet")).write({1, 3})

    read = parquet.read_table(tmp_path / "b.parquet")
    assert read.schema.equals(table.schema)
    assert read.to_pylist() == [{"text": "b", "tags": None, "n": 2}]


def test_what_cannot_be_done_is_refused(write, tmp_path):
    source = write("a.txt", "one\n")

    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("-", str(tmp_path), str(tmp_path / "pipe.txt")):
        with pytest.raises(InputError, match="--unique with"):
            Remaining.of(name, ReadOptions(), str(tmp_path / "b.txt"))
    with pytest.raises(OutputError, match="for a txt file"):
        Remaining.of(str(source), ReadOptions(), str(tmp_path / "b.jsonl"))
    with pytest.raises(OutputError, match="no folder"):
        Remaining.of(str(source), ReadOptions(), str(Path(tmp_path, "none", "b.txt")))
