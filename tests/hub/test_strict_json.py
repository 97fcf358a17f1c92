"""Strict JSON: what a stranger's file may hold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import CheckpointError
from likewise.hub import strict_json
from likewise.hub.strict_json import parse_json, read_json, read_object


def write(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_plain_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    assert read_json(write(tmp_path, '{"a": [1, 2.5, "ü", null, true]}')) == {"a": [1, 2.5, "ü", None, True]}
    assert read_json(write(tmp_path, b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not valid JSON"),
        ('{"a": 1', "not valid JSON"),
        ('{"a": 1} {"b": 2}', "not valid JSON"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 50 + "}", "an integer of 50 digits"),
        ("[" * 65 + "]" * 65, "deeper than 64"),
        ("[" * 100_000, "not valid JSON"),
        ('"\\ud800"', "not valid JSON"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path, content, message):
    with pytest.raises(CheckpointError, match=f"config.json: .*{message}"):
        read_json(write(tmp_path, content))


def test_an_emoji_written_as_two_escapes_is_one_character(tmp_path):
    assert read_json(write(tmp_path, '"\\ud83d\\ude00"')) == "😀"


def test_nesting_of_64_levels_is_accepted(tmp_path):
    assert read_json(write(tmp_path, "[" * 63 + "1" + "]" * 63)) is not None


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(strict_json, "MAX_BYTES", 10)

    with pytest.raises(CheckpointError, match="at most 10 bytes"):
        read_json(write(tmp_path, "[" + " " * 20 + "]"))


def test_a_missing_file_and_a_folder_are_errors_of_ours(tmp_path):
    with pytest.raises(CheckpointError, match=r"nothing\.json: cannot be read"):
        read_json(tmp_path / "nothing.json")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_json(tmp_path)


def test_an_object_is_demanded_where_one_is_needed(tmp_path):
    with pytest.raises(CheckpointError, match="the top level is list"):
        read_object(write(tmp_path, "[]"))


@given(st.text())
def test_any_text_gives_a_value_or_an_error_of_ours(text):
    try:
        value = parse_json(text, strict_json.Path("fuzz.json"))
    except CheckpointError:
        return
    assert not isinstance(value, float) or math.isfinite(value)
