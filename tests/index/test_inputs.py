import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.index.inputs import (
    as_ids,
    as_vectors,
    check_dim,
    check_metric,
    new_ids,
    only_id,
    refuse_fields,
    unit_rows,
)


@pytest.mark.parametrize(
    "given",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], np.int8),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True),
        torch.tensor([[1.0, 2.0], [3.0, 4.0]]).bfloat16(),
        [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])],
    ],
    ids=["lists", "int8", "columns", "gradient", "bfloat16", "list of tensors"],
)
def test_vectors_of_every_form_become_float32_rows(given):
    vectors = as_vectors(given, "embeddings", 2)

    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    assert vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("nothing", [[], np.empty(0), np.empty((0, 2)), torch.empty(0, 2)], ids=repr)
def test_nothing_is_no_row(nothing):
    assert as_vectors(nothing, "embeddings", 2).shape == (0, 2)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e300], ids=str)
def test_numbers_that_cannot_be_compared_are_named(value):
    with pytest.raises(InputError, match="queries, row 1, holds NaN or infinity, or is too large for float32"):
        as_vectors([[1.0, 2.0], [value, 0.0]], "queries", 2)


def test_vectors_of_another_length_are_refused():
    with pytest.raises(ShapeError, match="queries have dimension 3, the index has dimension 2"):
        as_vectors([1.0, 2.0, 3.0], "queries", 2)


def test_unit_rows_have_length_one_however_long_they_were():
    rows = np.array([[3e-30, 4e-30], [3e30, 4e30], [0, 0], [-1, 0]], np.float32)

    assert unit_rows(rows) == pytest.approx(np.array([[0.6, 0.8], [0.6, 0.8], [0, 0], [-1, 0]]))


@pytest.mark.parametrize(
    ("given", "expected"), [(5, [5]), (torch.tensor([2, 1]), [2, 1]), ([], []), (np.uint8([7]), [7])]
)
def test_ids_of_every_form_become_int64(given, expected):
    ids = as_ids(given)

    assert ids.dtype == np.int64
    assert ids.tolist() == expected


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([-1], InputError),
        ([2**63], InputError),
        ([1.0], InputTypeError),
        ([[1]], InputTypeError),
        ([True], InputTypeError),
    ],
    ids=str,
)
def test_what_is_no_id_is_refused(given, error):
    with pytest.raises(error, match="ids"):
        as_ids(given)


def test_new_ids_follow_the_largest_and_end_with_the_largest_there_can_be():
    assert new_ids(None, 2, 2**63 - 2, lambda ids: ids < 0).tolist() == [2**63 - 2, 2**63 - 1]
    with pytest.raises(InputError, match="no number is free above id"):
        new_ids(None, 3, 2**63 - 2, lambda ids: ids < 0)


def test_a_filter_names_ids_only():
    assert only_id(None, "exact") is None
    assert only_id({"id": 5}, "exact").tolist() == [5]
    assert only_id({"id": [5, 2, 5]}, "exact").tolist() == [2, 5]
    with pytest.raises(InputError, match=r"where names 'lang'.*'exact' stores no fields"):
        only_id({"id": 5, "lang": "de"}, "exact")


def test_other_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="fields for an index of kind 'exact', which stores none"):
        refuse_fields([{"lang": "de"}], "exact")
    with pytest.raises(InputError, match="dim=0"):
        check_dim(0)
    with pytest.raises(InputError, match=r"metric='dot'.*'cosine'"):
        check_metric("dot", ("cosine",))
