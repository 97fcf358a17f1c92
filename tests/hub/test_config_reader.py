"""Typed reading of settings."""

from pathlib import Path

import pytest

from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader

READERS = ["integer", "number", "boolean", "text", "texts", "integers", "numbers_by_text", "object"]
GOOD = {
    "integer": 3,
    "number": 2.5,
    "boolean": True,
    "text": "mean",
    "texts": ["a", "b"],
    "integers": [1, 3],
    "numbers_by_text": {"a": 1.5},
    "object": {"b": 1},
}
BAD = {
    "integer": [True, 1.5, "3", None, [], -1, 2**40],
    "number": [True, "3", None, [], {}],
    "boolean": [0, 1, "true", None],
    "text": [1, None, ["a"]],
    "texts": ["a", [1], None, {"a": "b"}],
    "integers": [1, ["1"], [1.5], [True], [-1], None],
    "numbers_by_text": [[1], {"a": "1"}, {"a": True}, None],
    "object": [[], "x", 1, None],
}


def reader(value):
    return ConfigReader({"key": value}, Path("1_Dense/config.json"))


@pytest.mark.parametrize("kind", READERS)
def test_a_good_value_is_returned(kind):
    value = getattr(reader(GOOD[kind]), kind)("key")

    assert (value.data if kind == "object" else value) == GOOD[kind]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind in READERS for value in BAD[kind]])
def test_a_bad_value_is_refused_with_file_and_key(kind, value):
    with pytest.raises(CheckpointError, match=r"1_Dense/config\.json: 'key' is .*Accepted: "):
        getattr(reader(value), kind)("key")


@pytest.mark.parametrize("kind", READERS)
def test_a_missing_key_is_an_error_unless_there_is_a_default(kind):
    empty = ConfigReader({}, Path("config.json"))

    assert getattr(empty, kind)("key", default=None) is None
    with pytest.raises(CheckpointError, match=r"the key 'key' is missing"):
        getattr(empty, kind)("key")


@pytest.mark.parametrize("kind", READERS)
def test_null_counts_as_missing_only_if_the_default_is_none(kind):
    assert getattr(reader(None), kind)("key", default=None) is None
    with pytest.raises(CheckpointError, match=r"'key' is None"):
        getattr(reader(None), kind)("key", default=GOOD[kind])


def test_bounds_are_inclusive():
    assert reader(4).integer("key", low=4, high=4) == 4
    assert reader(0.5).number("key", low=0.5, high=0.5) == 0.5
    with pytest.raises(CheckpointError, match=r"an integer from 5 to 9"):
        reader(4).integer("key", low=5, high=9)
    with pytest.raises(CheckpointError, match=r"a finite number from 0.6 to 1"):
        reader(0.5).number("key", low=0.6, high=1)


def test_a_whole_float_is_an_integer():
    assert reader(3.0).integer("key") == 3


def test_the_first_spelling_that_is_present_counts():
    both = ConfigReader({"new": 1, "old": 2}, Path("config.json"))

    assert both.integer(("newest", "new", "old")) == 1
    with pytest.raises(CheckpointError, match=r"'newest' is missing"):
        both.integer(("newest", "other"))


def test_a_choice_outside_the_list_names_the_list():
    with pytest.raises(CheckpointError, match=r"'key' is 'median'.*\['max', 'mean'\]"):
        reader("median").text("key", choices=["max", "mean"])


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(CheckpointError) as caught:
        reader("x" * 10_000).integer("key")

    assert len(str(caught.value)) < 300
