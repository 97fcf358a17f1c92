import numpy as np
import pytest

from likewise.search.numpy_backend import NumpyBackend, exact_row_dots, reaching, true_places


def test_float32_rows_are_not_copied():
    rows = np.ones((4, 3), np.float32)

    assert np.shares_memory(NumpyBackend().load(rows, 1, 3), rows)


def test_the_product_reuses_its_memory():
    ops, rows = NumpyBackend(), np.eye(3, dtype=np.float32)

    first = ops.product(rows, rows)
    second = ops.product(rows[:2], rows)

    assert np.shares_memory(first, second)
    assert second.tolist() == [[1, 0, 0], [0, 1, 0]]


def test_manhattan_equals_the_definition():
    left, right = np.random.default_rng(0).standard_normal((2, 5, 7)).astype(np.float32)

    expected = np.abs(left[:, None] - right[None]).sum(-1)

    np.testing.assert_allclose(NumpyBackend().manhattan(left, right), expected, rtol=1e-6)


def test_exact_row_dots_add_up_in_float64():
    """In float32 the 1 would vanish beside 1e8."""
    assert exact_row_dots(np.float32([[1e4, 1]]), np.float32([[1e4, 1]])).tolist() == [1e8 + 1]


def test_reaching_gives_up_on_too_many():
    assert reaching(np.ones((2, 3)), np.float32([[0], [2]]), most=2) is None
    rows, columns = reaching(np.ones((2, 3)), np.float32([[1], [2]]), most=3)
    assert (rows.tolist(), columns.tolist()) == ([0, 0, 0], [0, 1, 2])


@pytest.mark.parametrize("size", [0, 1, 8, 63, 64, 1000])
def test_true_places_are_all_of_them(size):
    mask = np.random.default_rng(size).random(size) < 0.1

    assert true_places(mask).tolist() == [place for place in range(size) if mask[place]]


def test_places_are_found_by_rows_or_by_columns():
    ops, scores = NumpyBackend(), np.float32([[1, 5, 2], [4, 0, 6]])

    assert [part.tolist() for part in ops.at_least(scores, np.float32([2, 6]), 9)] == [[0, 0, 1], [1, 2, 2]]
    found = ops.at_least_by_column(scores, np.float32([1, 1, 6]), 9)
    assert [part.tolist() for part in found] == [[0, 0, 1, 1], [0, 1, 0, 2]]
    assert ops.at_least_by_column(scores, np.float32([1, 1, 6]), 3) is None


def test_the_buffer_of_numpy_is_left_as_it_was():
    rows, before = np.ones((2, 3), np.float32), np.getbufsize()

    NumpyBackend().scale_rows(rows, np.float32([1, 2]))
    with pytest.raises(ValueError, match="broadcast"):
        reaching(rows, np.float32([[1], [2], [3]]), most=3)

    assert np.getbufsize() == before
