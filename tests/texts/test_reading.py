"""Texts from files: every format, and every way in which a file can be wrong."""

import gzip
import io
import json
import sys

import pytest

from likewise.errors import InputError
from likewise.texts import lines
from likewise.texts.reading import ReadOptions, TextInput
from likewise.texts.tables import Columns


def read(path, **options):
    columns = Columns(options.pop("column", None), tuple(options.pop("show", ())))
    return list(TextInput(str(path), ReadOptions(columns=columns, **options)))


def texts(path, **options):
    return [record.text for record in read(path, **options)]


def test_txt_gives_a_text_per_line_blank_ones_included(write):
    path = write("a.txt", "one\n\ntwo\r\nthree")

    assert texts(path) == ["one", "", "two", "three"]
    assert [record.line for record in read(path)] == [1, 2, 3, 4]


def test_only_line_feeds_end_lines(write):
    """Form feeds and the line separator U+2028 are part of a text."""
    assert texts(write("a.txt", "one\u2028still one\x0c\ntwo\n")) == ["one\u2028still one\x0c", "two"]


def test_a_byte_order_mark_is_not_part_of_the_text(write):
    assert texts(write("a.txt", b"\xef\xbb\xbfone\n")) == ["one"]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz", "a.csv.gz", "a.tsv.gz", "A.TXT.GZ"])
def test_gz_is_decompressed(write, name):
    content = {"jsonl": '"one"\n', "csv": "text\none\n", "tsv": "text\none\n"}.get(name.split(".")[1], "one\n")

    assert texts(write(name, gzip.compress(content.encode()))) == ["one"]


def test_md_gives_a_text_per_paragraph_with_its_first_line(write):
    path = write("a.md", "# Title\n\n\nfirst line\nsecond line\n  \nlast")

    assert [(record.text, record.line) for record in read(path)] == [
        ("# Title", 1),
        ("first line\nsecond line", 4),
        ("last", 7),
    ]


def test_split_decides_what_a_text_is(write):
    path = write("a.txt", "one\ntwo\n\nthree\n")

    assert texts(path, split="paragraph") == ["one\ntwo", "three"]
    assert texts(path, split="file") == ["one\ntwo\n\nthree"]


def test_a_folder_gives_the_paragraphs_of_its_text_files_in_order_of_names(write, tmp_path):
    write("notes/b.md", "B one\n\nB two\n")
    write("notes/a.txt", "A\n")
    write("notes/deep/c.txt", "C\n")
    write("notes/picture.png", b"\x89PNG")
    write("notes/.hidden/d.txt", "D\n")

    found = read(tmp_path / "notes")

    assert [record.text for record in found] == ["A", "B one", "B two", "C"]
    assert found[2].source.endswith("b.md")
    assert found[2].line == 3


def test_csv_reads_quoted_fields_with_line_ends(write):
    path = write("a.csv", 'id,text\n1,"one, and\nmore"\n2,two\n')

    assert [(record.text, record.line) for record in read(path)] == [("one, and\nmore", 2), ("two", 4)]


def test_tsv_knows_no_quoting(write):
    assert texts(write("a.tsv", 'id\ttext\n1\tsay "hi\n2\ttwo\n')) == ['say "hi', "two"]


def test_the_only_column_needs_no_name(write):
    assert texts(write("a.csv", "title\none\n")) == ["one"]


def test_shown_columns_come_along(write):
    path = write("a.tsv", "id\tbody\n7\tone\n")

    assert read(path, column="body", show=["id"])[0].columns == {"id": "7"}


def test_jsonl_takes_objects_and_strings(write):
    path = write("a.jsonl", '{"text": "one", "n": 1}\n\n"two"\n')

    assert texts(path) == ["one", "two"]


def test_parquet_streams_rows_with_their_columns(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="extra parquet")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(arrow.table({"n": list(range(600)), "text": [f"text {n}" for n in range(600)]}), path)

    found = read(path, show=["n"])

    assert [record.text for record in found] == [f"text {n}" for n in range(600)]
    assert found[599].columns == {"n": "599"}
    assert found[599].line == 600


def test_stdin_is_read_as_lines(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))

    assert texts("-") == ["one", "two"]


def test_reading_is_lazy(write):
    """A fault further down shows only when it is reached."""
    records = iter(TextInput(str(write("a.jsonl", '"one"\nnonsense\n'))))

    assert next(records).text == "one"
    with pytest.raises(InputError, match="line 2: not valid JSON"):
        next(records)


def test_the_fraction_grows_to_one(write):
    source = TextInput(str(write("a.txt", "x" * 10 + "\n" + "y" * 100_000 + "\n")))

    assert source.fraction == 0
    assert len(list(source)) == 2
    assert source.fraction == 1


def test_a_text_of_ten_megabytes_is_one_text(write):
    text = "word " * 2_000_000

    assert texts(write("a.txt", text + "\nnext\n")) == [text, "next"]
    assert texts(write("a.jsonl", json.dumps({"text": text}))) == [text]
    assert texts(write("a.csv", f'text\n"{text}"\n')) == [text]


def test_a_file_without_line_ends_is_not_read_into_memory(write, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 2**20)

    with pytest.raises(InputError, match=r"a\.txt, line 2: longer than 1 MiB"):
        texts(write("a.txt", "one\n" + "x" * (2**20 + 1)))


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.pdf", "x", {}, r"a\.pdf: the extension '\.pdf' tells no format.*format='txt'"),
        ("a", "x", {}, "the extension '' tells no format"),
        ("a.parquet.gz", "x", {}, "tells no format"),
        ("a.txt", b"fine\ncaf\xe9\n", {}, "line 2: not UTF-8 at byte 3 of the line.*iconv -f LATIN1"),
        ("a.txt", "one".encode("utf-16"), {}, "line 1: not UTF-8.*looks like UTF-16.*iconv -f UTF-16"),
        ("a.txt.gz", gzip.compress(b"one\n" * 1000, mtime=0)[:-10], {}, "damaged gzip data"),
        ("a.txt.gz", b"no gzip", {}, "damaged gzip data"),
        ("a.txt", "x", {"column": "body"}, "a text file has no columns"),
        ("a.csv", "id,body\n1,x\n", {"column": "title"}, "no column 'title'.*one of the columns 'id', 'body'"),
        ("a.csv", "id,body\n1,x\n", {}, "which of the columns 'id', 'body' holds the texts.*column='id'"),
        ("a.csv", "x,x\n1,2\n", {"column": "x"}, "more than one column 'x'"),
        ("a.csv", "id,text\n1,x\n2\n", {}, r"a\.csv, line 3: 1 fields. Accepted: 2 fields"),
        ("a.csv", 'id,text\n1,"x\n2,y\n', {}, r"a\.csv, line \d: unexpected end of data"),
        ("a.csv", "id,text\n1,x\n", {"show": ["size"]}, "no column 'size'"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', {}, r"a\.jsonl, line 2: not valid JSON: .* \(column"),
        ("a.jsonl", '{"text": 7}\n', {}, "line 1: 'text' is a number. Accepted: a string"),
        ("a.jsonl", '{"text": null}\n', {}, "'text' is null"),
        ("a.jsonl", "[1]\n", {}, "line 1: a list. Accepted: an object"),
        ("a.jsonl", '{"body": "x", "n": 1}\n', {}, "which of the columns 'body', 'n'"),
        ("a.jsonl", "[" * 100_000 + "\n", {}, "JSON that cannot be read"),
        ("a.jsonl", '{"text": "\\ud800"}\n', {}, "line 1: not valid Unicode"),
        ("a.parquet", "no parquet", {}, "cannot be read as parquet"),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_fix(write, name, content, options, message):
    if "parquet" in name:
        pytest.importorskip("pyarrow", reason="extra parquet")

    with pytest.raises(InputError, match=message):
        texts(write(name, content), **options)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.txt: no such file or folder"):
        TextInput(str(tmp_path / "nowhere.txt"))


def test_a_folder_without_texts_is_refused(write, tmp_path):
    write("notes/picture.png", b"\x89PNG")

    with pytest.raises(InputError, match=r"no \.txt or \.md file in this folder"):
        TextInput(str(tmp_path / "notes"))


def test_a_parquet_column_of_numbers_is_refused(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="extra parquet")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"text": [1, 2]}), tmp_path / "a.parquet")

    with pytest.raises(InputError, match="the column 'text' holds int64"):
        read(tmp_path / "a.parquet")


def test_a_null_in_parquet_is_refused_with_its_row(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="extra parquet")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"text": ["one", None]}), tmp_path / "a.parquet")

    with pytest.raises(InputError, match="row 2: 'text' is null"):
        read(tmp_path / "a.parquet")
