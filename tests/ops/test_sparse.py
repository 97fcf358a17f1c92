"""Picking and counting entries that are not zero."""

import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.sparse import (
    as_coo,
    check_max_active_dims,
    compute_count_vector,
    holds_sparse,
    is_sparse,
    select_max_active_dims,
    to_scipy_coo,
)

ROWS = torch.tensor([[0.0, -3.0, 2.0, 1.0], [0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]])
KEPT = torch.tensor([[0.0, -3.0, 2.0, 0.0], [0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]])


def test_the_largest_in_magnitude_stay():
    assert torch.equal(select_max_active_dims(ROWS, 2), KEPT)
    assert torch.equal(select_max_active_dims(ROWS[0], 2), KEPT[0])
    assert np.array_equal(select_max_active_dims(ROWS.numpy(), 2), KEPT.numpy())
    sparse = select_max_active_dims(ROWS.to_sparse(), 2)
    assert sparse.layout is torch.sparse_coo
    assert torch.equal(sparse.to_dense(), KEPT)


@pytest.mark.parametrize("limit", [None, 4, 100])
def test_nothing_is_cut_where_nothing_need_be(limit):
    assert torch.equal(select_max_active_dims(ROWS, limit), ROWS)


@pytest.mark.parametrize(
    ("value", "error"), [(0, InputError), (-1, InputError), (1.5, InputTypeError), (True, InputTypeError)]
)
def test_limits_that_are_none(value, error):
    with pytest.raises(error, match="max_active_dims"):
        check_max_active_dims(value)


@pytest.mark.parametrize("layout", [torch.strided, torch.sparse_coo, torch.sparse_csr])
def test_every_layout_is_counted_and_converted(layout):
    given = ROWS if layout is torch.strided else ROWS.to_sparse(layout=layout)

    assert compute_count_vector(given).tolist() == [0, 1, 2, 1]
    assert is_sparse(given) == (layout is not torch.strided)
    assert holds_sparse([1.0], given) == holds_sparse([given]) == is_sparse(given)
    assert as_coo(given).is_coalesced()
    assert torch.equal(as_coo(given).to_dense(), ROWS)


def test_explicit_zeros_do_not_count():
    given = torch.sparse_coo_tensor([[0, 1], [1, 1]], [0.0, 2.0], (2, 3), check_invariants=True)

    assert compute_count_vector(given).tolist() == [0, 1, 0]


def test_scipy():
    scipy = pytest.importorskip("scipy.sparse")

    matrix = to_scipy_coo(ROWS.to_sparse())

    assert isinstance(matrix, scipy.coo_matrix)
    np.testing.assert_array_equal(matrix.toarray(), ROWS.numpy())
    with pytest.raises(ShapeError, match=r"\(4,\)"):
        to_scipy_coo(ROWS[0].to_sparse())
