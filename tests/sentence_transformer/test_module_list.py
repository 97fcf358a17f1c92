"""`modules.json`."""

import json

import pytest

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.sentence_transformer.module_list import read_entries

GOOD = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}


def read(tmp_path, value):
    (tmp_path / "modules.json").write_text(json.dumps(value))
    return read_entries(ModelFolder(tmp_path))


def test_entries_come_in_the_order_of_idx(tmp_path):
    entries = read(tmp_path, [{**GOOD, "idx": 1, "name": "b"}, {**GOOD, "idx": 0, "name": "a"}])

    assert [entry.name for entry in entries] == ["a", "b"]


def test_name_idx_and_path_may_be_missing(tmp_path):
    entries = read(tmp_path, [{"type": "x.Y"}, {"type": "x.Z", "kwargs": ["task"]}])

    assert [(entry.name, entry.path, entry.kwargs) for entry in entries] == [("0", "", []), ("1", "", ["task"])]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        [3],
        [{**GOOD, "type": None}],
        [{**GOOD, "type": 3}],
        [{**GOOD, "name": "a.b"}],
        [{**GOOD, "name": ""}],
        [{**GOOD, "idx": -1}],
        [{**GOOD, "path": 1}],
        [{**GOOD, "kwargs": [1]}],
        [GOOD, GOOD],
        [{**GOOD, "name": str(at)} for at in range(65)],
    ],
    ids=lambda value: str(value)[:40],
)
def test_malformed_lists_are_refused(tmp_path, value):
    with pytest.raises(CheckpointError, match=r"modules\.json"):
        read(tmp_path, value)
