"""Dropout of our own: the right share of values, the right expectation, the right gradients, and repeatable draws."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from likewise.encoder.dropout import attention_with_dropout, dropout, keep_mask


@pytest.mark.parametrize("probability", [0.1, 0.25, 0.5, 0.9])
def test_the_asked_share_is_dropped_and_the_expectation_stays(probability):
    x = torch.ones(400_001)
    dropped = dropout(x, probability)
    assert (dropped == 0).float().mean().item() == pytest.approx(probability, abs=4e-3)
    assert dropped.mean().item() == pytest.approx(1.0, abs=2e-2)
    mask, factor = keep_mask((3, 5), probability)
    assert mask.shape == (3, 5)
    assert factor == pytest.approx(1 / (1 - probability), rel=2e-4)


def test_neighbours_are_dropped_independently():
    mask, _ = keep_mask((400_000,), 0.5)
    signs = mask.float() * 2 - 1
    for lag in (1, 2, 3, 4, 5):
        assert abs((signs[lag:] * signs[:-lag]).mean().item()) < 0.01


def test_certain_cases():
    x = torch.randn(7)
    assert dropout(x, 0.0) is x
    assert torch.equal(dropout(x, 1.0), torch.zeros(7))
    mask, factor = keep_mask((4,), 1e-7)
    assert bool(mask.all())
    assert factor == 1.0


def test_the_same_seed_draws_the_same_values():
    x = torch.randn(50)
    torch.manual_seed(5)
    first = dropout(x, 0.3)
    torch.manual_seed(5)
    assert torch.equal(dropout(x, 0.3), first)
    assert not torch.equal(dropout(x, 0.3), first)


def test_gradients_pass_where_values_stayed():
    x = torch.randn(100, requires_grad=True)
    dropped = dropout(x, 0.4)
    dropped.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), dropped.detach())


@pytest.mark.parametrize("scale", [None, 0.3])
def test_attention_equals_plain_operations_with_the_same_mask(scale):
    tensors = [torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    query, key, value = tensors
    torch.manual_seed(1)
    mixed = attention_with_dropout(query, key, value, scale, 0.3)
    upstream = torch.randn_like(mixed)
    grads = torch.autograd.grad(mixed, tensors, upstream)
    torch.manual_seed(1)
    weights = torch.softmax(query @ key.transpose(-1, -2) * (scale or 0.5), dim=-1)
    mask, factor = keep_mask(weights.shape, 0.3)
    plain = (weights * mask * factor) @ value
    torch.testing.assert_close(mixed, plain)
    for got, wanted in zip(grads, torch.autograd.grad(plain, tensors, upstream), strict=True):
        torch.testing.assert_close(got, wanted)


def test_without_dropout_attention_is_that_of_pytorch():
    query, key, value = (torch.randn(1, 2, 6, 8) for _ in range(3))
    wanted = F.scaled_dot_product_attention(query, key, value)
    torch.testing.assert_close(attention_with_dropout(query, key, value, None, 0.0), wanted)
