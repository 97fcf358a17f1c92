"""Fields beside a vector, and filters."""

import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.index.fields import as_fields, as_filter, label, named


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ([{"id": 1}], InputError, "a field is named 'id'"),
        ([{"": 1}], InputError, "a field is named ''"),
        ([{3: 1}], InputError, "a field is named 3"),
        ([{"a\0": 1}], InputError, "NUL"),
        ([{"a": None}], InputTypeError, "leave the field out"),
        ([{"a": [1]}], InputTypeError, "field 'a'"),
        ([{"a": float("nan")}], InputError, "finite"),
        ([{"a": "\ud800"}], InputError, "valid UTF-8"),
        ([{}, {}], ShapeError, "2 fields for 1 vectors"),
    ],
)
def test_fields_that_cannot_be_stored_are_refused(fields, error, message):
    with pytest.raises(error, match=message):
        as_fields(fields, 1)


def test_without_fields_every_vector_has_none():
    assert as_fields(None, 2) == [{}, {}]


def test_equal_numbers_have_one_label_and_other_types_another():
    labels = [label("a", value) for value in (1, 1.0, True, "1", 1.5)]
    assert labels[0] == labels[1]
    assert len(set(labels)) == 4
    assert named("a") not in labels
    assert label("a", '"}') != label('a": "', "}")


def test_a_filter_takes_one_value_or_several_in_any_form():
    filters = as_filter({"id": range(3), "a": np.array(["x", "y"]), "b": {1}})
    assert filters.ids.tolist() == [0, 1, 2]
    assert filters.values == {"a": ["x", "y"], "b": [1]}
    assert as_filter(None).ids is None
    assert as_filter({"id": []}).ids.tolist() == []
    with pytest.raises(InputTypeError, match="integers"):
        as_filter({"id": ["x"]})
