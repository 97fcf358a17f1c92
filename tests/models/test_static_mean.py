"""Means of table rows: float32 whatever the table is stored in, and right for bags of any length."""

import copy
import pickle

import pytest
import torch

from likewise.models.static_mean import Float32Table, mean_of_rows

HALF = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize("sizes", [[3, 0, 2], [0], [5000, 0, 1, 8192, 4096, 4097], [0, 9000, 0], []])
def test_means_are_those_of_the_definition(sizes):
    torch.manual_seed(0)
    table = torch.randn(50, 4)
    ids = torch.randint(50, (sum(sizes),))
    offsets = torch.tensor([sum(sizes[:at]) for at in range(len(sizes))], dtype=torch.int64)

    result = mean_of_rows(table, ids, offsets)

    assert result.shape == (len(sizes), 4)
    for row, bag in zip(result, torch.split(ids, sizes) if sizes else [], strict=True):
        expected = table.double()[bag].mean(0) if len(bag) else torch.zeros(4).double()
        torch.testing.assert_close(row.double(), expected, atol=1e-6, rtol=0)


def test_a_bag_of_millions_loses_no_digits():
    """Added up one after the other in float32, rows of 0.1 give 0.0969."""
    table = torch.full((1, 1), 0.1)

    result = mean_of_rows(table, torch.zeros(3_000_000, dtype=torch.int64), torch.tensor([0]))

    assert float(result) == pytest.approx(0.1, rel=2e-5)


def test_gradients_reach_the_table():
    table = torch.randn(3, 2, requires_grad=True)
    mean_of_rows(table, torch.tensor([0, 1, 1]), torch.tensor([0])).sum().backward()

    torch.testing.assert_close(table.grad, torch.tensor([[1 / 3] * 2, [2 / 3] * 2, [0.0] * 2]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_wide_table_is_used_as_it_is(dtype):
    weight = torch.ones(2, 2, dtype=dtype)

    assert Float32Table().of(weight) is weight


@pytest.mark.parametrize("dtype", HALF)
def test_the_copy_is_made_once_and_again_after_a_change(dtype):
    kept = Float32Table()
    weight = torch.nn.Parameter(torch.ones(2, 2, dtype=dtype))
    with torch.no_grad():
        first = kept.of(weight)
        assert first.dtype == torch.float32
        assert kept.of(weight) is first

        weight[0, 0] = 3
        assert kept.of(weight)[0, 0] == 3

        weight.data = torch.full((2, 2), 5.0, dtype=dtype)
        assert kept.of(weight)[0, 0] == 5


def test_with_gradients_the_cast_carries_them():
    kept = Float32Table()
    weight = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float16))

    kept.of(weight).sum().backward()

    assert weight.grad.dtype == torch.float16
    assert kept._kept is None


def test_inference_tensors_are_kept_too():
    kept = Float32Table()
    with torch.inference_mode():
        weight = torch.ones(2, 2, dtype=torch.float16)
        assert kept.of(weight) is kept.of(weight)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda kept: pickle.loads(pickle.dumps(kept))])
def test_copies_start_empty(duplicate):
    kept = Float32Table()
    kept.of(torch.ones(2, 2, dtype=torch.float16))

    assert duplicate(kept)._kept is None
