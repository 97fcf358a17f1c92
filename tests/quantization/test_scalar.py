import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError
from likewise.quantization.scalar import check_percentiles, quantize_scalar, value_ranges


def naive(value, low, high, precision):
    """One value, by the definition."""
    spread = (high - low) / 255
    bucket = math.floor((value - low) / spread) if spread else 255 * (value > low)
    return min(max(bucket, 0), 255) - (128 if precision == "int8" else 0)


@pytest.mark.parametrize("precision", ["int8", "uint8"])
@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.floats(-100, 100), min_size=1, max_size=8),
    low=st.floats(-50, 50),
    width=st.sampled_from([0.0, 1e-3, 1.0, 30.0]),
)
def test_each_value_goes_to_the_step_of_the_definition(precision, values, low, width):
    ranges = np.array([[low], [low + width]])

    result = quantize_scalar(np.array(values)[:, None], ranges, precision)

    assert result.dtype == precision
    assert result.ravel().tolist() == [naive(value, low, low + width, precision) for value in values]


def test_values_far_outside_the_range_do_not_wrap_around():
    rows = np.float32([[-1e30], [-1.01], [1.01], [1e30]])

    assert quantize_scalar(rows, np.array([[-1.0], [1.0]]), "int8").ravel().tolist() == [-128, -128, 127, 127]
    assert quantize_scalar(rows, np.array([[-1.0], [1.0]]), "uint8").ravel().tolist() == [0, 0, 255, 255]


def test_many_rows_are_quantized_as_each_alone():
    rows = np.random.default_rng(0).standard_normal((1200, 1024)).astype(np.float32)
    ranges = value_ranges(rows)

    whole = quantize_scalar(rows, ranges, "int8")

    assert (whole[[0, 1023, 1024, 1199]] == quantize_scalar(rows[[0, 1023, 1024, 1199]], ranges, "int8")).all()


def test_ranges_are_the_smallest_and_largest_values():
    rows = np.random.default_rng(0).standard_normal((20, 3))

    assert value_ranges(rows).tolist() == [[min(column) for column in rows.T], [max(column) for column in rows.T]]


def test_ranges_can_leave_out_what_lies_furthest_out():
    rows = np.random.default_rng(0).standard_normal((101, 3)).astype(np.float32)

    low, high = value_ranges(rows, (10, 95))

    # With 101 values, the percentile p is the value of that number in their order.
    assert low.tolist() == [sorted(column)[10] for column in rows.T]
    assert high.tolist() == [sorted(column)[95] for column in rows.T]
    assert value_ranges(rows, (0, 100)).tolist() == value_ranges(rows).tolist()
    assert low.dtype == np.float32


@pytest.mark.parametrize("percentiles", [(0, 0), (50, 20), (-1, 50), (0, 100.5), (1, 2, 3), None, ("a", "b")], ids=str)
def test_wrong_percentiles_are_refused(percentiles):
    with pytest.raises(InputError, match=r"percentiles=.*from 0 to 100"):
        check_percentiles(percentiles)
