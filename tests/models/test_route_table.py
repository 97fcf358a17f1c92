"""The order in which a route is chosen, and the stored form of route mappings."""

import pytest

from likewise.errors import ConfigError, InputError
from likewise.models.route_table import RouteTable, mapping_key, modality_of, parse_mapping_key

MAPPINGS = {("query", "text"): "a", ("query", None): "b", (None, ("image", "text")): "c"}
TABLE = RouteTable(("a", "b", "c", "text", "query"), "c", MAPPINGS)


@pytest.mark.parametrize(
    ("task", "modality", "route"),
    [
        ("query", "text", "a"),
        ("query", "image", "b"),
        ("other", ("image", "text"), "c"),
        ("a", "text", "a"),
        (None, "text", "text"),
        ("other", "text", "text"),
        (None, "image", "c"),
    ],
)
def test_the_most_specific_rule_wins(task, modality, route):
    assert TABLE.choose(task, modality) == route


def test_an_unknown_task_is_refused_even_with_a_default():
    with pytest.raises(InputError, match=r"there is no route for the task 'other' \(modality 'image'\)"):
        TABLE.choose("other", "image")


def test_no_task_and_no_default():
    with pytest.raises(InputError, match="the input names no route"):
        RouteTable(("query",), None, {}).choose(None, "text")


@pytest.mark.parametrize(("default", "mappings"), [("x", {}), (None, {("query", None): "x"})])
def test_names_of_routes_that_do_not_exist(default, mappings):
    with pytest.raises(ConfigError, match="there is no route 'x'"):
        RouteTable(("query",), default, mappings)


def test_modalities():
    values = ["a", ("a", "b"), object(), {"text": "a", "image": 1}]

    assert [modality_of(value) for value in values] == ["text", "text", "image", ("image", "text")]


@pytest.mark.parametrize("key", [("query", "text"), (None, ("image", "text")), ("query", None)])
def test_stored_mappings_are_read_back(key):
    assert parse_mapping_key(repr(key)) == key


def test_the_order_of_modalities_does_not_matter():
    assert mapping_key(None, ["text", "image"]) == (None, ("image", "text"))


@pytest.mark.parametrize("text", ["", "query", "('a',)", "(1, 'text')", "(" * 900, "__import__('os')", "('a', 3)"])
def test_malformed_mappings(text):
    with pytest.raises(ConfigError, match="the route mapping"):
        parse_mapping_key(text)
