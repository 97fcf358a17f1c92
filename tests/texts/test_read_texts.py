import gzip

import pytest

from likewise.errors import InputError
from likewise.texts import read_texts


def test_reads_columns_formats_and_paragraphs(tmp_path):
    packed = tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress(b"id,body\n1,one\n2,two\n"))
    assert list(read_texts(packed, "body")) == ["one", "two"]
    notes = tmp_path / "notes.log"
    notes.write_text("a\nb\n\nc\n")
    assert list(read_texts(str(notes), format="txt")) == ["a", "b", "", "c"]
    assert list(read_texts(notes, format="txt", split="paragraph")) == ["a\nb", "c"]


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "none.txt")
    table = tmp_path / "table.csv"
    table.write_text("id,body\n1,one\n")
    with pytest.raises(InputError, match=r"which of the columns .*Fix: column='id'"):
        list(read_texts(table))


def test_messages_name_the_arguments_of_the_function(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("a\n")
    log = tmp_path / "notes.log"
    log.write_text("a\n")

    with pytest.raises(InputError, match="Fix: format='txt'"):
        read_texts(log)
    with pytest.raises(InputError, match="Fix: format='csv'"):
        list(read_texts(notes, "body"))
    with pytest.raises(InputError, match=r"^format='csv' for a folder"):
        read_texts(tmp_path, format="csv")
    with pytest.raises(InputError, match=r"^format='text'. Accepted: one of"):
        read_texts(notes, format="text")
    with pytest.raises(InputError, match=r"^split='word'. Accepted: one of"):
        read_texts(notes, split="word")
