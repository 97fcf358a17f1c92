import json

import pytest

from likewise.errors import OutputError
from likewise.evaluation.predictions import write_predictions


def test_a_line_is_written_for_each_query_and_replaces_what_was_there(tmp_path):
    file = tmp_path / "new folder" / "found.jsonl"
    write_predictions(file, [("q0", "old", [])])

    write_predictions(file, [("q1", "größe", [("d1", 0.5), (7, 0.25)]), ("q2", "none", [])])

    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {
            "query_id": "q1",
            "query": "größe",
            "results": [{"corpus_id": "d1", "score": 0.5}, {"corpus_id": 7, "score": 0.25}],
        },
        {"query_id": "q2", "query": "none", "results": []},
    ]
    assert [path.name for path in file.parent.iterdir()] == ["found.jsonl"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match=r"could not be written to .*found\.jsonl"):
        write_predictions(tmp_path / "file" / "found.jsonl", [])
