import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.normalize import normalize_embeddings, truncate_embeddings, unit_rows


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
def test_rows_get_unit_length_and_keep_their_direction(convert):
    rows = np.random.default_rng(0).standard_normal((5, 8)).astype(np.float32)

    result = normalize_embeddings(convert(rows))

    assert type(result) is type(convert(rows))
    expected = [[x / sum(y * y for y in row) ** 0.5 for x in row] for row in rows.tolist()]
    np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-6)


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
def test_zero_rows_stay_zero(convert):
    assert normalize_embeddings(convert(np.zeros((2, 3)))).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
@pytest.mark.parametrize("scale", [1e-38, 1.6e38], ids=str)
def test_very_short_and_very_long_rows_are_normalised(convert, scale):
    rows = np.array([[1.5, 2.0]], np.float32) * np.float32(scale)

    np.testing.assert_allclose(np.asarray(normalize_embeddings(convert(rows))), [[0.6, 0.8]], rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_the_dtype_of_a_tensor_stays(dtype):
    assert normalize_embeddings(torch.ones(2, 4, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=str)
def test_the_dtype_of_an_array_stays(dtype):
    assert normalize_embeddings(np.ones((2, 4), dtype)).dtype == dtype


def test_integers_become_float32():
    assert normalize_embeddings(np.int8([[3, 4]])).dtype == np.float32
    assert normalize_embeddings(torch.tensor([[3, 4]], dtype=torch.int8)).dtype == torch.float32


def test_half_precision_is_computed_in_float32():
    """The square of 300 is beyond float16."""
    np.testing.assert_allclose(normalize_embeddings(np.float16([[300, 400]])), [[0.6, 0.8]], rtol=1e-3)


def test_a_single_vector_and_no_vectors_are_accepted():
    assert normalize_embeddings(np.array([0.0, 2.0])).tolist() == [0, 1]
    assert normalize_embeddings(np.empty(0)).shape == (0,)


def test_the_input_is_left_alone():
    rows = np.array([[3.0, 4.0]], np.float32)

    normalize_embeddings(rows)

    assert rows.tolist() == [[3, 4]]


def test_gradients_pass():
    rows = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(unit_rows, (rows,))


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
def test_truncation_keeps_the_first_dimensions(convert):
    rows = convert(np.arange(12).reshape(3, 4))

    assert truncate_embeddings(rows, 2).tolist() == [[0, 1], [4, 5], [8, 9]]
    assert truncate_embeddings(rows[0], 3).tolist() == [0, 1, 2]


def test_none_truncates_nothing():
    rows = np.ones((2, 3))

    assert truncate_embeddings(rows, None) is rows


def test_no_embeddings_have_nothing_to_truncate():
    assert truncate_embeddings(np.empty(0), 64).shape == (0,)


@pytest.mark.parametrize("truncate_dim", [0, -1, 4])
def test_a_dimension_out_of_range_is_refused(truncate_dim):
    with pytest.raises(InputError, match=rf"truncate_dim={truncate_dim} for embeddings of dimension 3.*from 1 to 3"):
        truncate_embeddings(np.ones((2, 3)), truncate_dim)


def test_a_dimension_that_is_no_integer_is_refused():
    with pytest.raises(InputTypeError, match=r"truncate_dim=2\.5.*an integer"):
        truncate_embeddings(np.ones((2, 3)), 2.5)


def test_lists_and_numbers_are_not_truncated():
    with pytest.raises(InputTypeError, match=r"type list.*np\.asarray"):
        truncate_embeddings([[1.0, 2.0]], 1)
    with pytest.raises(ShapeError, match="no axis"):
        truncate_embeddings(np.array(1.0), 1)
