"""Attention in half precision on a CPU, with gradients: not by PyTorch's fused kernel, whose backward pass is slow."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from likewise.encoder import attention
from likewise.encoder.attention import GroupedAttention
from likewise.encoder.batch import PackedBatch


def attended(qkv, lengths):
    batch = PackedBatch.of(torch.zeros(sum(lengths), dtype=torch.int64), np.array(lengths))
    return GroupedAttention()(qkv, batch, scale=None, window=None, bias=None, dropout=0.0)


def by_definition(qkv, lengths):
    parts = []
    for rows in qkv.split(lengths):
        query, key, value = rows.permute(1, 2, 0, 3)
        weights = torch.softmax(query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5, dim=-1)
        parts.append((weights @ value).transpose(0, 1).flatten(1))
    return torch.cat(parts)


def test_values_and_gradients_in_bfloat16_are_those_of_the_definition():
    torch.manual_seed(0)
    exact = torch.randn(16, 3, 2, 8, requires_grad=True)
    half = exact.detach().bfloat16().requires_grad_()
    toward = torch.randn(16, 16)

    wanted, found = by_definition(exact, [5, 5, 6]), attended(half, [5, 5, 6])
    (wanted * toward).sum().backward()
    (found * toward).sum().backward()

    assert found.dtype == torch.bfloat16
    assert torch.allclose(found.float(), wanted, atol=0.03)
    assert torch.allclose(half.grad.float(), exact.grad, atol=0.06)


@pytest.mark.parametrize(
    ("dtype", "grad", "length", "fused"),
    [
        (torch.bfloat16, True, 4, False),
        (torch.bfloat16, True, 8, True),
        (torch.bfloat16, False, 4, True),
        (torch.float32, True, 4, True),
    ],
)
def test_the_fused_kernel_is_left_only_where_it_is_slow(monkeypatch, dtype, grad, length, fused):
    calls = []
    whole = F.scaled_dot_product_attention
    monkeypatch.setattr(attention, "PLAIN_LONGEST", 6)
    monkeypatch.setattr(F, "scaled_dot_product_attention", lambda *a, **k: calls.append(1) or whole(*a, **k))

    attended(torch.zeros(length, 3, 2, 8, dtype=dtype, requires_grad=grad), [length])

    assert bool(calls) == fused
