import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.search.row_order import best_of_each_row, kth_largest, largest_of_each_row

numbers = st.floats(width=32, allow_nan=False, allow_infinity=True)
placed = st.lists(st.tuples(st.integers(0, 4), st.one_of(numbers, st.sampled_from([0.0, -0.0, 1.0]))), max_size=40)


def as_arrays(places):
    return np.array([row for row, _ in places], np.int64), np.array([value for _, value in places], np.float32)


@settings(deadline=None)
@given(places=placed, top_k=st.integers(1, 6))
def test_the_kth_largest_equals_sorting_each_row(places, top_k):
    rows, values = as_arrays(places)

    found = kth_largest(rows, values, 5, top_k)

    for row in range(5):
        ordered = sorted(values[rows == row].tolist(), reverse=True)
        assert found[row] == (ordered[top_k - 1] if len(ordered) >= top_k else -np.inf)


@settings(deadline=None)
@given(places=placed, top_k=st.integers(1, 6))
def test_the_largest_of_each_row_equal_sorting_each_row(places, top_k):
    rows, values = as_arrays(places)

    found = largest_of_each_row(rows, values, 5, top_k)

    expected = []
    for row in range(5):
        expected += sorted(values[rows == row].tolist(), reverse=True)[:top_k]
    assert found.tolist() == expected


@settings(deadline=None)
@given(places=placed, top_k=st.integers(1, 6))
def test_the_best_of_each_row_equal_stable_sorting(places, top_k):
    rows, values = as_arrays(places)

    found = best_of_each_row(rows, values, top_k)

    expected = []
    for row in range(5):
        mine = np.flatnonzero(rows == row)
        expected += sorted(mine[np.argsort(-values[mine], kind="stable")[:top_k]].tolist())
    assert found.tolist() == expected


@pytest.mark.parametrize("value", [0.0, 1e-45, -1e-45, 3.4e38, -3.4e38, np.inf, -np.inf])
def test_a_value_comes_back_as_it_was(value):
    assert kth_largest(np.zeros(1, np.int64), np.float32([value]), 1, 1).tolist() == np.float32([value]).tolist()
