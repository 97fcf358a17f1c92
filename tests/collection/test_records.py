"""Records on disk: read one by one or all, whole or not at all."""

import pytest

from likewise.collection.records import RecordFile, write_records
from likewise.errors import CheckpointError, OutputError

GIVEN = [{"text": f"line\n{n} \u2028 ü", "n": n} for n in range(5000)]


@pytest.fixture
def written(tmp_path):
    counts = []
    return write_records(tmp_path / "r", GIVEN, counts.append), counts


def test_records_are_read_in_any_order(written, tmp_path):
    facts, counts = written
    records = RecordFile(tmp_path / "r", facts.rows, facts.bytes, facts.checksum)

    assert (len(records), sum(counts)) == (5000, 5000)
    assert list(records) == GIVEN
    assert records.read([4999, 0, 17, 17]) == [GIVEN[4999], GIVEN[0], GIVEN[17], GIVEN[17]]
    for row in (-1, 5000):
        with pytest.raises(IndexError):
            records.read([row])


def test_checksums_tell_texts_from_the_rest(tmp_path):
    plain = write_records(tmp_path / "a", ["one", "two"], lambda count: None)
    more = write_records(tmp_path / "b", [{"text": "one", "n": 1}, {"text": "two"}], lambda count: None)
    joined = write_records(tmp_path / "c", ["onetwo"], lambda count: None)

    assert plain.texts == more.texts != joined.texts
    assert plain.checksum != more.checksum


@pytest.mark.parametrize("name", ["records.jsonl", "rows.bin"])
def test_any_changed_byte_of_a_record_is_noticed_when_it_is_read(written, tmp_path, name):
    facts, _ = written
    file = tmp_path / "r" / name
    content = file.read_bytes()
    start = 60_000 if name == "rows.bin" else content.index(b'"n": 2500') - 10
    file.write_bytes(content[: start - 6] + bytes([content[start - 6] ^ 1]) + content[start - 5 :])
    records = RecordFile(tmp_path / "r", facts.rows, facts.bytes)
    wrong = 2500 if name == "records.jsonl" else 4999

    assert records.read([0]) == [GIVEN[0]]
    with pytest.raises(CheckpointError, match=f"line {wrong + 1:,}, is not what was written"):
        records.read([wrong])
    with pytest.raises(CheckpointError, match="is not what was written"):
        list(records)


def test_a_folder_that_cannot_be_made(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_records(tmp_path / "no" / "such", ["a"], lambda count: None)
