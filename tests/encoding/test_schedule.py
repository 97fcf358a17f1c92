import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoding.schedule import rows_packed, rows_padded, schedule

SIZES = st.lists(st.integers(0, 50), max_size=60)


def padded(sizes):
    return len(sizes) * max(max(sizes), 1)


def packed(sizes):
    return sum(max(size, 1) for size in sizes)


@given(SIZES, st.integers(1, 200), st.none() | st.integers(1, 9), st.integers(1, 3), st.booleans())
def test_batches_cover_all_within_the_limits_and_longest_first(sizes, budget, max_rows, groups, is_packed):
    sizes_N = np.array(sizes, dtype=np.int64)
    group_N = np.arange(len(sizes)) % groups
    batches = list(
        schedule(
            sizes_N,
            max_tokens=budget,
            max_rows=max_rows,
            groups=group_N,
            fit=rows_packed if is_packed else rows_padded,
        )
    )
    cost = packed if is_packed else padded
    assert sorted(at for batch in batches for at in batch) == list(range(len(sizes)))
    for batch in batches:
        assert len(batch) == 1 or cost(sizes_N[batch]) <= budget
        assert max_rows is None or len(batch) <= max_rows
        assert len(set(group_N[batch])) == 1
    for group in range(groups):
        ordered = [size for batch in batches if group_N[batch[0]] == group for size in np.maximum(sizes_N[batch], 1)]
        assert ordered == sorted(ordered, reverse=True)


@given(SIZES, st.integers(1, 200))
def test_no_batch_could_have_taken_the_next_row(sizes, budget):
    sizes_N = np.array(sizes, dtype=np.int64)
    batches = list(schedule(sizes_N, max_tokens=budget))
    for batch, following in itertools.pairwise(batches):
        assert padded([*sizes_N[batch], sizes_N[following[0]]]) > budget


def test_inputs_of_one_size_keep_their_order():
    batches = schedule(np.full(5, 7), max_tokens=14)
    assert [batch.tolist() for batch in batches] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("fit", [rows_padded, rows_packed])
def test_an_input_larger_than_the_budget_makes_a_batch_of_its_own(fit):
    batches = schedule(np.array([100, 3, 3]), max_tokens=10, fit=fit)
    assert [batch.tolist() for batch in batches] == [[0], [1, 2]]
