"""Whole rows of files, and cells of the right type."""

from __future__ import annotations

import gzip

import pytest

from likewise.cli.rows import Row, read_rows
from likewise.errors import InputError

TABLE = [{"text": "a b", "n": "1"}, {"text": "c", "n": "2"}]


def test_kinds_of_files_give_the_same_rows(write, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.Table.from_pylist(TABLE), tmp_path / "t.parquet")
    paths = [
        write("t.tsv", "text\tn\na b\t1\nc\t2\n"),
        write("t.csv.gz", gzip.compress(b'text,n\n"a b",1\n\nc,2\n')),
        write("t.jsonl", '{"text": "a b", "n": "1"}\n\n{"text": "c", "n": "2"}\n'),
        tmp_path / "t.parquet",
    ]

    found = [list(read_rows(path)) for path in paths]

    assert [[dict(row.values) for row in rows] for rows in found] == [TABLE] * 4
    assert [[row.line for row in rows] for rows in found] == [[2, 3], [2, 4], [1, 3], [1, 2]]


def test_damaged_parquet_is_named(write):
    pytest.importorskip("pyarrow")

    with pytest.raises(InputError, match=r"t\.parquet: cannot be read as parquet"):
        list(read_rows(write("t.parquet", "no parquet")))


def test_cells_are_read_by_type():
    row = Row({"t": "a", "l": ["a", "b"], "x": "1.5", "i": 7, "b": True}, 3, "f.jsonl")

    assert (row.text("t"), row.texts("t"), row.texts("l")) == ("a", ["a"], ["a", "b"])
    assert (row.number("x"), row.number("i"), row.number("b")) == (1.5, 7.0, 1.0)
    assert (row.name("t"), row.name("i")) == ("a", "7")


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("text", 3),
        ("text", None),
        ("text", "half \ud800"),
        ("texts", ["a", 3]),
        ("texts", None),
        ("number", "x"),
        ("number", "inf"),
        ("number", None),
        ("number", ["1"]),
        ("name", ""),
        ("name", 1.5),
        ("name", True),
    ],
)
def test_cells_of_another_type_are_named_by_line(method, value):
    with pytest.raises(InputError, match=r"f\.jsonl, line 3: "):
        getattr(Row({"c": value}, 3, "f.jsonl"), method)("c")
