"""Rows to files: each format read back, and what a format cannot hold."""

import csv
import io
import json

import pytest

from likewise.cli.console import Console
from likewise.cli.row_output import check_row_output, write_rows
from likewise.errors import OutputError

KINDS = {"score": "float64", "line": "int64", "text": "string"}
ROWS = [[0.5, 1, "plain"], [1.0, None, 'quotes " and, commas'], [0.25, 3, "tab\tand\r\nline end"]]


@pytest.fixture
def console():
    return Console(io.StringIO(), io.StringIO())


def test_jsonl(tmp_path, console):
    assert write_rows(str(tmp_path / "rows.jsonl"), KINDS, iter(ROWS), console) == 3

    read = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert read == [dict(zip(KINDS, row, strict=True)) for row in ROWS]


def test_csv(tmp_path, console):
    write_rows(str(tmp_path / "rows.csv"), KINDS, ROWS, console)

    with (tmp_path / "rows.csv").open(newline="") as file:
        read = list(csv.reader(file))
    assert read[0] == list(KINDS)
    assert read[1:] == [
        ["0.5", "1", "plain"],
        ["1.0", "", 'quotes " and, commas'],
        ["0.25", "3", "tab\tand\r\nline end"],
    ]
    assert console.err.getvalue() == ""


def test_tsv_has_no_quotes_and_says_what_it_changed(tmp_path, console):
    write_rows(str(tmp_path / "rows.tsv"), KINDS, ROWS, console)

    lines = (tmp_path / "rows.tsv").read_text().splitlines()
    assert lines[2:] == ['1.0\t\tquotes " and, commas', "0.25\t3\ttab and line end"]
    assert "became spaces in 1 rows" in console.err.getvalue()


def test_parquet_has_types_even_where_all_is_null(tmp_path, console):
    parquet = pytest.importorskip("pyarrow.parquet")
    kinds = {**KINDS, "tags": "[string]"}

    write_rows(str(tmp_path / "rows.parquet"), kinds, [[*row, ["a"]] for row in ROWS], console)
    write_rows(str(tmp_path / "nulls.parquet"), {"line": "int64"}, [[None]], console)
    write_rows(str(tmp_path / "none.parquet"), KINDS, [], console)

    assert [list(row.values()) for row in parquet.read_table(tmp_path / "rows.parquet").to_pylist()] == [
        [*row, ["a"]] for row in ROWS
    ]
    assert str(parquet.read_table(tmp_path / "nulls.parquet").schema.field("line").type) == "int64"
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_a_failure_leaves_what_was_there(tmp_path, console):
    path = tmp_path / "rows.csv"
    path.write_text("before")

    def broken():
        yield ROWS[0]
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        write_rows(str(path), KINDS, broken(), console)

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["rows", "rows.txt", "none/rows.csv", "folder.csv"])
def test_places_and_names_that_cannot_be_written(tmp_path, name):
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(OutputError):
        check_row_output(str(tmp_path / name))
