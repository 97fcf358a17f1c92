"""Compares a loss with the plainest form of its formula: loops over rows, in float64, values and gradients."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def embeddings():
    """A function `(columns, rows=7, width=6, seed=0)`: float32 embeddings, no two of them alike."""

    def make(columns, rows=7, width=6, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return [torch.randn(rows, width, generator=generator) for _ in range(columns)]

    return make


@pytest.fixture
def agrees():
    """A function `(loss, naive, columns, targets)` that fails where the loss is not `naive(*columns, targets)`."""

    def check(loss, naive, columns, targets, tolerance=1e-5):
        ours = [column.clone().requires_grad_() for column in columns]
        plain = [column.double().requires_grad_() for column in columns]
        value = loss.compute(ours, targets)
        wanted = naive(*plain, targets)
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(wanted.item(), rel=tolerance, abs=tolerance)
        gradients = torch.autograd.grad(value, ours, allow_unused=True, materialize_grads=True)
        wanted_gradients = torch.autograd.grad(wanted, plain, allow_unused=True, materialize_grads=True)
        for gradient, wanted_gradient in zip(gradients, wanted_gradients, strict=True):
            torch.testing.assert_close(gradient.double(), wanted_gradient, rtol=10 * tolerance, atol=tolerance)

    return check
