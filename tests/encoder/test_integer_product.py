"""Products by oneDNN equal the sums of integers exactly, with the largest values that the processor is trusted with."""

import pytest
import torch

from likewise.encoder import integer_product
from likewise.encoder.grid import IntegerWeight
from likewise.encoder.integer_product import FULL_LIMIT, NARROW_LIMIT, IntegerProduct, integer_support

needs_products = pytest.mark.skipif(integer_support().limit == 0, reason="no 8-bit products on this processor")


def extremes(rows, width, out, seed=0):
    """Inputs of 0 and 255, weights of the largest size: as large as sums can get."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 2, (rows, width), generator=generator) * 255
    signs = torch.randint(0, 2, (out, width), generator=generator) * 2 - 1
    return x.to(torch.uint8), (signs * integer_support().limit).to(torch.int8)


def of(weight, **options):
    return IntegerProduct.of(IntegerWeight(weight, torch.ones(len(weight)), torch.zeros(len(weight))), **options)


@needs_products
@pytest.mark.parametrize(("width", "out"), [(384, 1152), (1536, 384), (37, 50), (1, 1)])
@pytest.mark.parametrize("rows", [1, 7, 300])
def test_sums_are_exact(rows, width, out):
    x, weight = extremes(rows, width, out)

    expected = x.long() @ weight.long().T

    assert torch.equal(of(weight)(x).long(), expected)


@needs_products
def test_scale_bias_activation_and_result_grid():
    x, weight = extremes(20, 64, 12)
    scale, bias = torch.linspace(1e-5, 2e-4, 12), torch.linspace(-1, 1, 12)
    integer = IntegerWeight(weight, scale, bias)

    exact = (x.double() @ weight.double().T) * scale + bias
    torch.testing.assert_close(IntegerProduct.of(integer)(x).double(), exact, atol=1e-5, rtol=1e-5)
    for name, function in {
        "gelu": torch.nn.functional.gelu,
        "gelu_tanh": lambda value: torch.nn.functional.gelu(value, approximate="tanh"),
        "relu": torch.nn.functional.relu,
    }.items():
        active = IntegerProduct.of(integer, activation=name)(x).double()
        torch.testing.assert_close(active, function(exact), atol=1e-3, rtol=1e-3, msg=name)
        steps = IntegerProduct.of(integer, activation=name, into=(0.02, 10))(x)
        assert steps.dtype == torch.uint8
        assert (steps.double() - (function(exact) / 0.02 + 10).clamp(0, 255)).abs().max() < 0.6, name


@needs_products
def test_rows_do_not_depend_on_their_neighbours():
    """Sums of integers are the same in any order: not one bit differs."""
    x, weight = extremes(300, 384, 64)
    product = of(weight)

    assert torch.equal(product(x)[17:18], product(x[17:18]))


def test_a_processor_that_overflows_gets_narrow_weights(monkeypatch):
    monkeypatch.setattr(integer_product, "_is_exact", lambda limit: limit == NARROW_LIMIT)

    support = integer_support.__wrapped__()

    assert support.limit == NARROW_LIMIT
    assert "dot products" in support.remark


def test_a_processor_without_products(monkeypatch):
    class Nothing:
        """A build of PyTorch without the operators."""

    monkeypatch.setattr(integer_product, "_operators", Nothing)

    support = integer_support.__wrapped__()

    assert support.limit == 0
    assert support.remark


def test_a_processor_with_dot_products(monkeypatch):
    monkeypatch.setattr(integer_product, "_is_exact", lambda limit: True)

    assert integer_support.__wrapped__() == integer_product.IntegerSupport(FULL_LIMIT, "")
