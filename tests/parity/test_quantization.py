"""quantize_embeddings gives the bytes that the peer package gives."""

import numpy as np
import pytest
import torch

from likewise.quantization import quantize_embeddings

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

PRECISIONS = ["float32", "int8", "uint8", "binary", "ubinary"]


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((150, 40)).astype(np.float32)


def assert_same(ours, theirs):
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


CONVERSIONS = {
    "array": np.asarray,
    "tensor": torch.from_numpy,
    "list": list,
    "list of tensors": lambda rows: list(torch.from_numpy(rows)),
}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS)
def test_bytes_are_the_same(rows, precision, convert):
    assert_same(quantize_embeddings(convert(rows), precision), peer.quantize_embeddings(convert(rows), precision))


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_bytes_of_float64_embeddings_differ_by_one_step_at_most(rows, precision):
    """We quantize in float32, the peer in float64: the largest value may round to the last step or the one before."""
    ours, theirs = (
        f(rows.astype(np.float64), precision).astype(int) for f in (quantize_embeddings, peer.quantize_embeddings)
    )

    assert np.abs(ours - theirs).max() <= 1
    assert (ours != theirs).mean() < 0.01


@pytest.mark.parametrize("precision", PRECISIONS)
def test_bytes_are_the_same_with_ranges(rows, precision):
    """Some values lie outside the ranges: older versions of the peer wrapped around there, this one clips as we do."""
    ranges = np.stack([np.full(40, -1.5, np.float32), np.full(40, 1.5, np.float32)])

    ours = quantize_embeddings(rows, precision, ranges=ranges)

    assert_same(ours, peer.quantize_embeddings(rows, precision, ranges=ranges))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_bytes_are_the_same_with_calibration(rows, precision):
    ours = quantize_embeddings(rows[:5], precision, calibration_embeddings=rows[5:])

    assert_same(ours, peer.quantize_embeddings(rows[:5], precision, calibration_embeddings=rows[5:]))


@pytest.mark.parametrize("precision", ["binary", "ubinary", "float32"])
def test_a_single_vector_gives_the_same(rows, precision):
    assert_same(quantize_embeddings(rows[0], precision), peer.quantize_embeddings(rows[0], precision))


@pytest.mark.parametrize("dim", [5, 12])
@pytest.mark.parametrize("precision", ["binary", "ubinary"])
def test_a_dimension_that_fills_no_whole_byte_gives_the_same(rows, precision, dim):
    assert_same(quantize_embeddings(rows[:, :dim], precision), peer.quantize_embeddings(rows[:, :dim], precision))


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_a_dimension_without_spread_gives_the_same(rows, precision):
    rows[:, 3] = 0.25

    assert_same(quantize_embeddings(rows, precision), peer.quantize_embeddings(rows, precision))
