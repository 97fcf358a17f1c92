import numpy as np
import pytest

from likewise.quantization import quantize_embeddings
from likewise.quantization.restore import as_unsigned, in_steps, restore_scalar, restore_signs

ROWS = np.random.default_rng(0).normal(size=(200, 13)).astype(np.float32)


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_bytes_come_back_within_half_a_step(precision):
    ranges = np.stack([ROWS.min(0), ROWS.max(0)])
    back = restore_scalar(quantize_embeddings(ROWS, precision, ranges=ranges), ranges)
    assert back.dtype == np.float32
    # The largest value of a dimension falls into the last step, whose middle is half a step above it.
    assert (np.abs(back - ROWS) <= (ranges[1] - ranges[0]) / 255 * 0.501).all()


@pytest.mark.parametrize("precision", ["binary", "ubinary"])
def test_bits_come_back_as_signs_of_a_unit_vector(precision):
    back = restore_signs(quantize_embeddings(ROWS, precision), 13)
    np.testing.assert_array_equal(np.sign(back), np.where(ROWS > 0, 1, -1))
    np.testing.assert_allclose(np.linalg.norm(back, axis=1), 1, rtol=1e-6)


def test_a_constant_dimension_comes_back():
    ranges = np.array([[0.5], [0.5]])
    assert restore_scalar(np.array([[0], [255]], np.uint8), ranges).tolist() == [[0.5], [0.5]]


def test_unsigned_bytes_are_left_alone():
    bits = np.array([3, 200], np.uint8)
    assert as_unsigned(bits) is bits
    assert as_unsigned(np.array([3 - 128, 200 - 128], np.int8)).tolist() == [3, 200]


def test_products_with_steps_rank_as_those_with_restored_values():
    ranges = np.stack([ROWS.min(0), ROWS.max(0)])
    stored = quantize_embeddings(ROWS, "uint8", ranges=ranges)
    steps = in_steps(ROWS[:5], ranges).astype(np.float64) @ stored.T
    restored = ROWS[:5].astype(np.float64) @ restore_scalar(stored, ranges).T.astype(np.float64)
    constant = restored - steps
    np.testing.assert_allclose(constant, np.broadcast_to(constant[:, :1], constant.shape), atol=1e-5)
