from types import SimpleNamespace

import numpy as np
import pytest

from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.inputs import Inputs, rough_size
from likewise.errors import InputError, InputTypeError

ACCEPTS = HashPipeline().accepts


class Column:
    """Like a column of a dataset: iterable, with a length, no list."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)


class ArrowColumn:
    """Like a column of pyarrow: its items are no texts, but it can be made a list of texts."""

    def to_pylist(self):
        return ["a", "b"]


@pytest.mark.parametrize(
    "given",
    [
        ["a", "b"],
        ("a", "b"),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        Column(["a", "b"]),
        ArrowColumn(),
        iter(["a", "b"]),
        (text for text in "ab"),
        {"a": 1, "b": 2}.keys(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_two_texts_in_any_container_are_two_inputs(given):
    inputs = Inputs.of(given, ACCEPTS)
    assert (inputs.values, inputs.single) == (["a", "b"], False)


@pytest.mark.parametrize("given", ["a", np.str_("a"), np.array("a")])
def test_one_text_is_one_input(given):
    inputs = Inputs.of(given, ACCEPTS)
    assert (inputs.values, inputs.single) == (["a"], True)


@pytest.mark.parametrize("given", [[("a", "b")], [["a", "b"]], np.array([["a", "b"]])], ids=["tuple", "list", "array"])
def test_a_pair_stands_in_a_list(given):
    inputs = Inputs.of(given, ACCEPTS)
    assert [tuple(pair) for pair in inputs.values] == [("a", "b")]


def test_what_the_model_reads_by_itself_is_one_input():
    picture = SimpleNamespace(size=(2, 2))
    inputs = Inputs.of(picture, lambda value: value is picture)
    assert inputs.single
    assert inputs.values == [picture]


@pytest.mark.parametrize("given", [[], (), np.array([], dtype=str), iter([])], ids=["list", "tuple", "array", "iter"])
def test_nothing_is_no_input(given):
    inputs = Inputs.of(given, ACCEPTS)
    assert (inputs.values, inputs.single) == ([], False)


@pytest.mark.parametrize(
    ("bad", "named", "fix"),
    [
        (None, "None", "leave missing texts out"),
        (float("nan"), "nan of type float", "leave missing texts out"),
        (7, "7 of type int", "str"),
        (np.float32(2.5), "float32", "str"),
        (True, "True of type bool", "str"),
        (b"abc", "of type bytes", "decode"),
        (("a", "b", "c"), "of type tuple", "a pair is a tuple of two texts"),
        (("a", None), "of type tuple", "a pair is a tuple of two texts"),
        (object(), "of type object", ""),
    ],
)
def test_a_wrong_input_is_named_with_its_position_and_a_way_out(bad, named, fix):
    with pytest.raises(InputTypeError, match=f"input 2 is .*{named}") as caught:
        Inputs.of(["a", "b", bad, "c"], ACCEPTS)
    assert fix in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (None, "None"),
        (3, "3 of type int"),
        (b"abc", "bytes instead of a text"),
        ({"a", "b"}, "has no order"),
        (SimpleNamespace(ndim=2), "2 dimensions.*table"),
        ({"text": "a"}, "the input is .*of type dict"),
        (np.zeros(3), "input 0 is .*float64"),
    ],
    ids=["None", "int", "bytes", "set", "table", "dict", "numbers"],
)
def test_a_wrong_whole_is_refused(bad, match):
    with pytest.raises(InputTypeError, match=match):
        Inputs.of(bad, ACCEPTS)


@pytest.mark.parametrize("given", [["a", "b \ud800"], ["a", ("é", "b \ud800")]])
def test_a_lone_surrogate_is_named_with_its_place(given):
    with pytest.raises(InputError, match=r"input 1 holds a lone surrogate.*at character 2"):
        Inputs.of(given, ACCEPTS)


def test_size_is_estimated_by_characters():
    assert [rough_size(value) for value in ["", "abc", ("ab", "c"), {"x": "abcd"}, 5]] == [1, 3, 3, 4, 16]
