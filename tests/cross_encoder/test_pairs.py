import numpy as np
import pytest

from likewise.cross_encoder.pairs import Pairs
from likewise.errors import InputError, InputTypeError


@pytest.mark.parametrize(
    "given", [("a", "b"), ["a", "b"], np.array(["a", "b"]), [{"text": "a"}, "b"], iter(["a", "b"])]
)
def test_two_texts_are_one_pair(given):
    assert Pairs.of(given) == Pairs([("a", "b")], single=True)


@pytest.mark.parametrize(
    "given",
    [
        [("a", "b"), ("c", "d")],
        [["a", "b"], ["c", "d"]],
        (["a", "b"], ["c", "d"]),
        np.array([["a", "b"], ["c", "d"]]),
        [np.array(["a", "b"]), ("c", "d")],
        zip("ac", "bd", strict=True),
        [({"text": "a"}, "b"), ("c", {"text": "d"})],
    ],
)
def test_many_pairs(given):
    assert Pairs.of(given) == Pairs([("a", "b"), ("c", "d")], single=False)


def test_one_pair_in_a_list_is_many():
    assert Pairs.of([("a", "b")]) == Pairs([("a", "b")], single=False)


def test_there_may_be_none():
    assert Pairs.of([]) == Pairs([], single=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", "one text, 'abc', instead of a pair"),
        (["a"], "a list of 1 text, not of pairs"),
        (["a", "b", "c"], "a list of 3 texts, not of pairs"),
        ([("a", "b"), ("a", "b", "c")], "pair 1 has 3 parts"),
        ([("a",)], "pair 0 has 1 part"),
        ([()], "pair 0 has 0 parts"),
    ],
)
def test_wrong_numbers_of_texts(given, message):
    with pytest.raises(InputError, match=message):
        Pairs.of(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "None"),
        (3, "3 of type int"),
        ({"a", "b"}, "of type set"),
        ({"text": ("a", "b")}, "of type dict"),
        (b"ab", "of type bytes"),
        (np.array([1, 2]), "an array of int64"),
        ([("a", "b"), None], "pair 1 is None"),
        ([("a", "b"), "c"], "pair 1 is one text, 'c'"),
        ([("a", "b"), ("c", None)], "the second part of pair 1 is None"),
        ([(float("nan"), "b")], "the first part of pair 0 is nan of type float"),
        ([{"query": "a", "document": "b"}], "pair 0 is {'query'"),
    ],
)
def test_wrong_kinds(given, message):
    with pytest.raises(InputTypeError, match=message):
        Pairs.of(given)


def test_texts_become_plain():
    (pair,) = Pairs.of(np.array([["a", "b"]])).values

    assert [type(text) for text in pair] == [str, str]
    assert type(Pairs.of([(np.str_("a"), "b")]).values[0][0]) is str
