import numpy as np
import pytest
import torch

from likewise.search.numpy_backend import NumpyBackend
from likewise.search.torch_backend import TorchBackend


@pytest.fixture
def ops():
    return TorchBackend(torch.device("cpu"))


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)


@pytest.mark.parametrize("method", ["product", "row_dots", "manhattan", "exact_row_dots"])
def test_the_arithmetic_equals_numpy(ops, rows, method):
    left, right = rows[:3], rows[3:]

    ours = getattr(ops, method)(torch.from_numpy(left), torch.from_numpy(right))

    np.testing.assert_allclose(np.asarray(ours), getattr(NumpyBackend(), method)(left, right), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8], ids=str)
def test_rows_are_loaded_as_float32(ops, dtype):
    loaded = ops.load(torch.ones(4, 3, dtype=dtype), 1, 3)

    assert loaded.dtype == torch.float32
    assert loaded.shape == (2, 3)


def test_rows_of_an_array_and_of_a_parameter_are_loaded(ops, rows):
    assert ops.load(rows, 0, 2).tolist() == rows[:2].tolist()
    assert not ops.load(torch.nn.Parameter(torch.ones(2, 2)), 0, 2).requires_grad


def test_places_are_found_as_with_numpy(ops, rows):
    scores, floors = rows[:, :4].copy(), np.zeros(6, np.float32)

    found, expected = ops.at_least(torch.from_numpy(scores), floors, 24), NumpyBackend().at_least(scores, floors, 24)

    assert [part.tolist() for part in found] == [part.tolist() for part in expected]
    assert ops.at_least(torch.from_numpy(scores), floors, 1) is None


def test_scores_are_taken_and_ordered_as_with_numpy(ops, rows):
    places = np.array([0, 5, 5]), np.array([4, 0, 4])

    assert ops.values(torch.from_numpy(rows), *places).tolist() == rows[places].tolist()
    for kth in (1, 3, 5):
        expected = np.sort(rows, axis=1)[:, -kth].tolist()
        assert ops.kth_largest(torch.from_numpy(rows), kth).tolist() == expected
        assert NumpyBackend().kth_largest(rows, kth).tolist() == expected


def test_places_are_found_by_column_as_with_numpy(ops, rows):
    scores, floors = rows[:, :4].copy(), np.zeros(4, np.float32)

    found = ops.at_least_by_column(torch.from_numpy(scores), floors, 24)

    expected = NumpyBackend().at_least_by_column(scores, floors, 24)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_lower_precision_of_products_is_known(monkeypatch):
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")

    assert TorchBackend(torch.device("cpu")).product_error == 2.0**-6


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_places_are_found_on_a_gpu(rows):
    ops, floors = TorchBackend(torch.device("cuda")), np.zeros(6, np.float32)

    found = ops.at_least(torch.from_numpy(rows).cuda(), floors, 30)

    assert [part.tolist() for part in found] == [p.tolist() for p in NumpyBackend().at_least(rows, floors, 30)]
    assert ops.at_least(torch.from_numpy(rows).cuda(), floors, 1) is None
    places = np.array([0, 5]), np.array([4, 0])
    assert ops.values(torch.from_numpy(rows).cuda(), *places).tolist() == rows[places].tolist()
    assert ops.kth_largest(torch.from_numpy(rows).cuda(), 2).tolist() == np.sort(rows, axis=1)[:, -2].tolist()
