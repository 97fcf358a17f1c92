import numpy as np
import pytest

from likewise.cli.unnamed_files import UnnamedRecords, UnnamedRows
from likewise.errors import OutputError
from likewise.texts.tables import Record

RECORDS = [
    Record("a\tb\nc\r\n\u2028d \u00fc \U0001f600", 1, "one.txt"),
    Record("", 7, "two.txt", {"name": "half \ud800 a pair", "other": ""}),
    Record('"quoted" \\', 3, "one.txt"),
]


def test_records_come_back_in_any_order(tmp_path):
    records = UnnamedRecords(tmp_path)
    for record in RECORDS:
        records.append(record)

    assert len(records) == 3
    assert [records[row] for row in (2, 0, 1, -1)] == [RECORDS[row] for row in (2, 0, 1, 2)]
    assert list(records) == RECORDS
    assert list(records.texts) == [record.text for record in RECORDS]
    assert records.texts[1] == ""
    assert records.sources == ["one.txt", "two.txt"]
    with pytest.raises(IndexError):
        records[3]


def test_many_records_are_read_in_order_while_others_are_looked_up():
    records = UnnamedRecords(None)
    for number in range(2500):
        records.append(Record(f"text {number}", number, "notes.txt"))

    for number, record in enumerate(records):
        assert record.line == number
        assert records[(number * 7) % 2500].line == (number * 7) % 2500


def test_rows_come_back_as_they_were(tmp_path):
    parts = np.split(np.random.default_rng(0).standard_normal((30, 4)).astype(np.float16), [7, 8])
    rows = UnnamedRows(tmp_path)
    for part in parts:
        rows.append(part)

    found = rows.mapped()

    assert found.dtype == np.float16
    assert (found == np.concatenate(parts)).all()
    assert not found.flags.writeable


def test_no_rows_are_an_empty_array():
    assert UnnamedRows(None).mapped().shape == (0, 0)


def test_nothing_is_left_in_the_folder(tmp_path):
    records, rows = UnnamedRecords(tmp_path), UnnamedRows(tmp_path)
    records.append(RECORDS[0])
    rows.append(np.ones((1, 2), np.float32))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_room_is_named(tmp_path):
    with pytest.raises(OutputError, match="nowhere: no room for texts and embeddings: No such file"):
        UnnamedRecords(tmp_path / "nowhere")
