"""Kernels for a whole batch: which is chosen where, and what they are asked. The GPU functions are stood in for."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from likewise.encoder import attention_choice
from likewise.encoder.attention import GroupedAttention
from likewise.encoder.attention_choice import choose_attention
from likewise.encoder.batch import PackedBatch
from likewise.encoder.varlen_attention import FlashAttention, VarlenAttention, has_flash, has_varlen

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
LENGTHS = [3, 3, 1, 7, 2]
WHOLE = {"scale": None, "window": None, "bias": None, "dropout": 0.0}


@pytest.fixture
def batch():
    return PackedBatch.of(torch.arange(sum(LENGTHS)), np.array(LENGTHS))


@pytest.fixture
def qkv():
    return torch.randn(sum(LENGTHS), 3, 2, 8, generator=torch.Generator().manual_seed(0)).bfloat16()


@pytest.fixture
def asked(monkeypatch):
    """Stands in for both functions, text by text; what they were asked beside the tensors."""
    calls = []

    def attend(query, key, value, cu_q, cu_k, longest_q, longest_k, scale, window):
        assert torch.equal(cu_q, cu_k)
        assert longest_q == longest_k == max(LENGTHS)
        assert cu_q.dtype == torch.int32
        parts = []
        for start, stop in zip(cu_q[:-1].tolist(), cu_q[1:].tolist(), strict=True):
            at = torch.arange(stop - start)
            near = (at[:, None] - at[None]).abs() <= (window[0] if window[0] >= 0 else stop)
            q, k, v = (x[start:stop].transpose(0, 1).float() for x in (query, key, value))
            scores = q @ k.transpose(1, 2) * (q.shape[-1] ** -0.5 if scale is None else scale)
            parts.append((scores.masked_fill(~near, -torch.inf).softmax(-1) @ v).transpose(0, 1))
        return torch.cat(parts).to(query.dtype)

    def varlen_attn(*tensors, scale=None, window_size=(-1, -1)):
        calls.append({})
        return attend(*tensors, scale, window_size)

    def flash_attn_varlen_func(*tensors, dropout_p, softmax_scale, window_size):
        calls.append({"dropout": dropout_p})
        return attend(*tensors, softmax_scale, window_size)

    monkeypatch.setitem(sys.modules, "torch.nn.attention.varlen", SimpleNamespace(varlen_attn=varlen_attn))
    fake = SimpleNamespace(flash_attn_varlen_func=flash_attn_varlen_func)
    monkeypatch.setitem(sys.modules, "flash_attn", fake)
    return calls


@pytest.mark.parametrize("kernel", [VarlenAttention(), FlashAttention()])
@pytest.mark.parametrize("options", [WHOLE, {**WHOLE, "window": 2}, {**WHOLE, "scale": 0.7}])
def test_the_result_is_that_of_the_groups(asked, batch, qkv, kernel, options):
    result = kernel(qkv, batch, **options)

    assert len(asked) == 1
    assert result.dtype == torch.bfloat16
    expected = GroupedAttention()(qkv.float(), batch, **options)
    torch.testing.assert_close(result.float(), expected, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("kernel", [VarlenAttention(), FlashAttention()])
def test_under_autocast_float32_is_brought_to_half(asked, batch, qkv, kernel):
    with torch.autocast("cpu", torch.bfloat16):
        result = kernel(qkv.float(), batch, **WHOLE)

    assert len(asked) == 1
    assert result.dtype == torch.bfloat16


@pytest.mark.parametrize("kernel", [VarlenAttention(), FlashAttention()])
def test_float32_and_biases_go_to_the_groups(asked, batch, qkv, kernel):
    def bias(length):
        return torch.ones(2, length, length).tril()

    exact = kernel(qkv.float(), batch, **WHOLE)
    biased = kernel(qkv, batch, **{**WHOLE, "bias": bias})

    assert not asked
    assert torch.equal(exact, GroupedAttention()(qkv.float(), batch, **WHOLE))
    assert torch.equal(biased, GroupedAttention()(qkv, batch, **{**WHOLE, "bias": bias}))


def test_flash_attention_drops_by_itself_and_the_other_leaves_that_to_the_groups(asked, batch, qkv):
    FlashAttention()(qkv, batch, **{**WHOLE, "dropout": 0.25})
    assert asked == [{"dropout": 0.25}]

    VarlenAttention()(qkv, batch, **{**WHOLE, "dropout": 0.25})
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("varlen", "flash", "expected"),
    [
        (True, True, VarlenAttention),
        (True, False, VarlenAttention),
        (False, True, FlashAttention),
        (False, False, GroupedAttention),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_on_cuda_the_first_that_is_there_is_chosen(monkeypatch, varlen, flash, expected, dtype):
    monkeypatch.setattr(attention_choice, "has_varlen", lambda: varlen)
    monkeypatch.setattr(attention_choice, "has_flash", lambda: flash)

    assert type(choose_attention(CUDA, dtype, biased=False)) is expected
    assert type(choose_attention(CUDA, dtype, biased=True)) is GroupedAttention
    assert type(choose_attention(CPU, dtype, biased=False)) is GroupedAttention
    assert type(choose_attention(CUDA, torch.float32, biased=False)) is GroupedAttention


def test_under_autocast_its_type_decides(monkeypatch):
    monkeypatch.setattr(attention_choice, "has_varlen", lambda: True)
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda device: device == "cuda")
    monkeypatch.setattr(torch, "get_autocast_dtype", lambda device: torch.bfloat16)

    assert type(choose_attention(CUDA, torch.float32, biased=False)) is VarlenAttention


@pytest.mark.parametrize(("there", "module"), [(has_varlen, "torch.nn.attention.varlen"), (has_flash, "flash_attn")])
@pytest.mark.parametrize(
    ("fake", "expected"),
    [
        (None, False),
        (SimpleNamespace(), False),
        (SimpleNamespace(varlen_attn=print, flash_attn_varlen_func=print), True),
    ],
)
def test_a_package_that_is_missing_or_another_is_not_chosen(monkeypatch, there, module, fake, expected):
    monkeypatch.setitem(sys.modules, module, fake)
    there.cache_clear()
    try:
        assert there() is expected
    finally:
        there.cache_clear()
