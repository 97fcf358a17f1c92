"""`likewise mine duplicates`: which pairs, in which order and form, and what a file without them holds."""

import gzip
import json

import pytest

from likewise.cli import mine_duplicates

LINES = "red fox\nblue sea\n\nred fox fox\ndeep hill\nRED FOX\n"


@pytest.fixture
def notes(write):
    return write("notes.txt", LINES)


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


def test_pairs_are_printed_best_first_with_their_places(likewise, notes):
    outcome = likewise("mine", "duplicates", notes, "--threshold", 0.9)

    assert outcome.code == 0
    assert outcome.lines == [
        f" 1.0000  red fox  [{notes}:1]",
        f"         RED FOX  [{notes}:6]",
        f" 0.9487  red fox  [{notes}:1]",
        f"         red fox fox  [{notes}:4]",
        f" 0.9487  red fox fox  [{notes}:4]",
        f"         RED FOX  [{notes}:6]",
    ]
    assert "1 blank texts were left out" in outcome.err


def test_json_and_files_hold_the_same_pairs(likewise, notes, tmp_path):
    arguments = ("mine", "duplicates", notes, "--threshold", 0.9, "--top", 1)
    expected = {"score": 1.0, "first_line": 1, "second_line": 6, "first": "red fox", "second": "RED FOX"}

    assert rows(likewise(*arguments, "--json")) == [pytest.approx(expected)]
    outcome = likewise(*arguments, "-o", tmp_path / "pairs.jsonl")

    assert outcome.out == ""
    assert "the best 1 of 3 pairs" in outcome.err
    assert json.loads((tmp_path / "pairs.jsonl").read_text()) == pytest.approx(expected)


def test_pairs_of_several_files_say_which(likewise, write, tmp_path):
    write("notes/a.txt", "red fox\n")
    write("notes/b.txt", "red fox\n")

    (pair,) = rows(likewise("mine", "duplicates", tmp_path / "notes", "--json"))

    assert [pair["first_source"][-5:], pair["second_source"][-5:]] == ["a.txt", "b.txt"]


def test_no_pairs(likewise, notes):
    outcome = likewise("mine", "duplicates", notes, "--threshold", 1.5)

    assert (outcome.code, outcome.out) == (0, "")
    assert "no pairs were found" in outcome.err


@pytest.mark.parametrize("text", ["red fox\n", "red fox\nred fox\nred fox\n"])
def test_one_text_and_equal_texts(likewise, write, text):
    outcome = likewise("mine", "duplicates", write("same.txt", text), "--json")

    assert outcome.code == 0
    assert len(outcome.lines) == {1: 0, 3: 3}[text.count("\n")]


def test_stdin_is_read(likewise, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO("red fox\nred fox\n"))

    assert len(rows(likewise("mine", "duplicates", "-", "--json"))) == 1


def test_unique_keeps_the_first_of_each_and_all_that_is_no_text(likewise, notes, tmp_path):
    out = tmp_path / "unique.txt"
    outcome = likewise("mine", "duplicates", notes, "--threshold", 0.9, "--unique", out)

    assert out.read_text() == "red fox\nblue sea\n\ndeep hill\n"
    assert outcome.out == ""
    assert "2 near duplicates left out, 3 texts stay" in outcome.err


def test_unique_lists_what_was_left_out_beside_what_stays(likewise, notes, tmp_path):
    arguments = ("mine", "duplicates", notes, "--threshold", 0.9, "--unique", tmp_path / "unique.txt")

    found = rows(likewise(*arguments, "--json"))

    assert [(row["first_line"], row["second_line"]) for row in found] == [(1, 6), (1, 4)]


def test_against_another_file(likewise, notes, write, tmp_path, monkeypatch):
    monkeypatch.setattr(mine_duplicates, "_ROWS_AT_ONCE", 2)
    other, out = write("test.txt", "hill deep\nrain\nred fox\n"), tmp_path / "clean.txt"

    arguments = ("mine", "duplicates", notes, "--against", other, "--threshold", 0.9)
    outcome = likewise(*arguments, "--unique", out, "--json")

    assert [(row["first_line"], row["second_line"]) for row in rows(outcome)] == [(1, 3), (5, 1), (6, 3), (4, 3)]
    assert out.read_text() == "blue sea\n\n"


def test_unique_of_a_table_keeps_all_columns(likewise, write, tmp_path):
    table = write("t.csv", 'id,text\n1,"red\nfox"\n2,red fox\n3,""\n4,sea\n')
    out = tmp_path / "unique.csv"

    likewise("mine", "duplicates", table, "--unique", out)

    assert out.read_text() == 'id,text\n1,"red\nfox"\n3,""\n4,sea\n'


def test_unique_of_parquet_and_of_packed_lines(likewise, tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"id": [1, 2, 3], "text": ["sea", "sea", "hill"]}), tmp_path / "t.parquet")
    with gzip.open(tmp_path / "t.jsonl.gz", "wt") as file:
        file.write('{"id": 1, "text": "sea"}\n\n{"text": "sea", "id": 2}\n"hill"\n')

    likewise("mine", "duplicates", tmp_path / "t.parquet", "--unique", tmp_path / "u.parquet")
    likewise("mine", "duplicates", tmp_path / "t.jsonl.gz", "--unique", tmp_path / "u.jsonl.gz")

    assert parquet.read_table(tmp_path / "u.parquet").to_pydict() == {"id": [1, 3], "text": ["sea", "hill"]}
    with gzip.open(tmp_path / "u.jsonl.gz", "rt") as file:
        assert file.read() == '{"id": 1, "text": "sea"}\n\n"hill"\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{empty}"], "no texts"),
        (["{blank}"], "no texts"),
        (["{missing}"], "no such file"),
        (["{table}", "--column", "body"], "no column 'body'"),
        (["{notes}", "-o", "{folder}/pairs.xlsx"], "no output format"),
        (["{notes}", "-o", "{folder}/none/pairs.tsv"], "no folder"),
        (["{notes}", "--unique", "{notes}"], "an input and an output"),
        (["{notes}", "--against", "{table}", "-o", "{table}"], "an input and an output"),
        (["{notes}", "--unique", "{folder}/u.csv"], "for a txt file"),
        (["{folder}", "--unique", "{folder}/u.txt"], "with the folder"),
        (["-", "--unique", "{folder}/u.txt"], "with stdin"),
        (["-", "--against", "-"], "cannot be both"),
    ],
)
def test_errors_come_before_a_model_is_loaded(likewise, write, tmp_path, notes, arguments, message):
    names = {
        "empty": write("empty.txt", ""),
        "blank": write("blank.txt", " \n\n"),
        "table": write("t.csv", "id,text\n1,fox\n"),
        "missing": tmp_path / "nowhere.txt",
        "notes": notes,
        "folder": tmp_path,
    }

    outcome = likewise("mine", "duplicates", *(argument.format(**names) for argument in arguments))

    assert outcome.code == 1
    assert message in outcome.err
    assert likewise.models == []
    assert notes.read_text() == LINES


@pytest.mark.parametrize("arguments", [["--threshold", "nan"], ["--top", "0"], ["--neighbours", "-1"]])
def test_wrong_numbers_are_wrong_usage(likewise, notes, arguments):
    assert likewise("mine", "duplicates", notes, *arguments).code == 2
