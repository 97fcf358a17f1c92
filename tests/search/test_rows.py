import numpy as np
import pytest
import torch

from likewise.errors import ShapeError
from likewise.search.rows import as_rows, check_same_dimension, some_rows


def test_one_vector_is_one_row_and_nothing_is_no_row():
    assert as_rows(np.ones(3), "x").shape == (1, 3)
    assert as_rows(np.empty(0), "x").shape == (0, 1)
    assert as_rows([], "x").shape == (0, 1)


def test_tensors_of_the_cpu_become_arrays():
    assert isinstance(as_rows(torch.ones(2, 3, dtype=torch.bfloat16, requires_grad=True), "x"), np.ndarray)


def test_a_memory_map_stays_one(tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((2, 3)))

    assert isinstance(as_rows(np.load(tmp_path / "rows.npy", mmap_mode="r"), "x"), np.memmap)


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_rows_are_taken_by_number(convert):
    taken = some_rows(convert(np.arange(6.0).reshape(3, 2)), np.array([2, 0]))

    assert taken.tolist() == [[4.0, 5.0], [0.0, 1.0]]


def test_dimensions_that_differ_are_refused_unless_a_side_is_empty():
    check_same_dimension(np.ones((2, 3)), np.empty((0, 1)), ("a", "b"))

    with pytest.raises(ShapeError, match="a have dimension 3, b have dimension 4"):
        check_same_dimension(np.ones((2, 3)), np.ones((2, 4)), ("a", "b"))
