import logging

import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.duplicates import Duplicates

IDS = ["a", "b", "c", "d", "e"]


def pairs_of(found):
    lower, higher = np.triu_indices(len(IDS), 1)
    kept = found.contain(lower, higher)
    return [IDS[low] + IDS[high] for low, high in zip(lower[kept], higher[kept], strict=True)]


@pytest.mark.parametrize(
    "given",
    [
        {"pairs": [("b", "a"), ("a", "b"), ("c", "e")]},
        {"mapping": {"a": {"b": True}, "c": {"e": True, "d": False}}},
        {"mapping": {"a": ["b"], "e": {"c"}}},
        {"pairs": [("a", "b")], "mapping": {"c": {"e": True}, "e": {"c": True}}},
    ],
    ids=["pairs", "dict of dicts", "dict of ids", "both"],
)
def test_every_form_gives_each_pair_once(given):
    found = Duplicates.of(IDS, **given)

    assert (pairs_of(found), found.count) == (["ab", "ce"], 2)


def test_the_transitive_closure_holds_all_pairs_of_what_is_connected():
    found = Duplicates.of(IDS, [("e", "a"), ("a", "c"), ("b", "d")], closed=True)

    assert pairs_of(found) == ["ac", "ae", "bd", "ce"]
    assert found.count == 4


def test_what_is_left_out_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        found = Duplicates.of(IDS, [("a", "b"), ("a", "a"), ("a", "unknown")])

    assert found.count == 1
    assert "2 of 3 duplicates are left out" in caplog.text


@pytest.mark.parametrize(
    "given", [{}, {"pairs": [("a", "x")]}, {"pairs": [("a", "a")]}, {"mapping": {"a": {"b": False}}}]
)
def test_no_duplicates_are_refused(given):
    with pytest.raises(InputError, match="no duplicates among 5 sentences"):
        Duplicates.of(IDS, **given)


def test_wrong_types_are_refused():
    with pytest.raises(InputTypeError, match="duplicates_list holds 'ab'"):
        Duplicates.of(IDS, ["ab"])
    with pytest.raises(InputTypeError, match="duplicates_dict is a list"):
        Duplicates.of(IDS, mapping=[("a", "b")])
    with pytest.raises(InputTypeError, match=r"duplicates_dict\['a'\]='b'"):
        Duplicates.of(IDS, mapping={"a": "b"})
