"""Inputs of several readers in one call: groups, order, and what a batch gets."""

from dataclasses import replace

import numpy as np
import pytest

from likewise.errors import InputError
from likewise.models.module import Prepared
from likewise.models.routed_input import Part, collate_part, prepare_parts, split_key


class Lengths:
    """Reads texts; its groups are the parities of their lengths."""

    def prepare(self, inputs, *, prompt="", task=None):
        rows = [prompt + text for text in inputs]
        sizes = np.array([len(row) for row in rows])
        return Prepared(rows=rows, sizes=sizes, truncated=sizes > 3, groups=sizes % 2, extras={"task": task})

    def collate(self, prepared, indices):
        return {"rows": [prepared.rows[at] for at in indices], **prepared.extras}

    def accepts(self, value):
        return isinstance(value, str)


def two_parts() -> Prepared:
    first, second = Part(Lengths(), "x", "k", {"more": 1}), Part(Lengths(), None, None)
    for position, text in [(0, "a"), (3, "bbbb")]:
        first.add(position, text)
    for position, text in [(1, "ccc"), (2, "dd")]:
        second.add(position, text)
    return prepare_parts([first, second], prompt="")


def test_everything_is_in_the_order_of_the_call():
    prepared = two_parts()

    assert list(prepared.rows) == ["a", "ccc", "dd", "bbbb"]
    assert prepared.sizes.tolist() == [1, 3, 2, 4]
    assert prepared.truncated.tolist() == [False, False, False, True]


def test_groups_within_a_part_stay_apart():
    assert len(set(two_parts().groups.tolist())) == 4


def test_keys_are_kept_in_the_order_of_the_call_and_need_be_known_to_all():
    class Keyed(Lengths):
        def prepare(self, inputs, *, prompt="", task=None):
            made = super().prepare(inputs, prompt=prompt, task=task)
            return replace(made, keys=[row.upper() for row in made.rows])

    first, second = Part(Keyed(), "x", None), Part(Lengths(), None, None)
    for position, text in [(0, "a"), (2, "a")]:
        first.add(position, text)
    second.add(1, "b")
    assert prepare_parts([first, second], prompt="").keys == ["A", None, "A"]
    second.add(3, "b")
    assert prepare_parts([first, second], prompt="").keys is None


def test_a_batch_gets_the_features_of_its_part():
    assert collate_part(two_parts(), [3]) == {"rows": ["bbbb"], "task": "x", "more": 1, "text_keys": ["k"]}
    assert collate_part(two_parts(), [2]) == {"rows": ["dd"], "task": None}


def test_a_batch_of_two_parts_is_refused():
    with pytest.raises(InputError, match="several routes"):
        collate_part(two_parts(), [0, 1])


def test_no_inputs():
    prepared = prepare_parts([], prompt="")

    assert len(prepared) == 0
    assert collate_part(prepared, []) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"k": "a"}, ("k", "a")),
        ("a", (None, "a")),
        ({1: "a"}, (None, {1: "a"})),
        ({}, (None, {})),
        ({"a": 1, "b": 2},) * 2,
    ],
)
def test_taking_keys_off(value, expected):
    assert split_key(value) == (expected if isinstance(expected, tuple) else (None, expected))
