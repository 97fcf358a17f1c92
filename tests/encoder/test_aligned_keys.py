"""Keys that are filled up and masked change nothing but the time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from likewise.encoder import aligned_keys, attention
from likewise.encoder.batch import PackedBatch


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("length", [1, 8, 15, 16, 17, 31, 40])
def test_the_result_is_that_of_attention_on_the_keys_alone(length, scale):
    draw = torch.Generator().manual_seed(length)
    query, key, value = torch.randn(3, 2, 3, length, 8, generator=draw).unbind(0)
    expected = F.scaled_dot_product_attention(query.double(), key.double(), value.double(), scale=scale)

    found = aligned_keys.attend_filled_up(query, key, value, scale)
    half = aligned_keys.attend_filled_up(query.bfloat16(), key.bfloat16(), value.bfloat16(), scale)

    torch.testing.assert_close(found.double(), expected, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(half.double(), expected, atol=3e-2, rtol=3e-2)


@pytest.mark.parametrize("capability", ["AVX2", "AVX512"])
def test_it_serves_bfloat16_with_half_a_register_or_more_left_over(monkeypatch, capability):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    served = [length for length in range(1, 33) if aligned_keys.filling_up_pays(length, torch.bfloat16)]
    assert served == ([*range(8, 16), *range(24, 32)] if capability == "AVX512" else [])
    assert not aligned_keys.filling_up_pays(12, torch.float32)


def test_a_batch_attends_with_it_as_without_it(monkeypatch):
    lengths = [3, 12, 12, 16, 30]
    batch = PackedBatch.of(torch.zeros(sum(lengths), dtype=torch.int64), np.array(lengths))
    qkv = torch.randn(sum(lengths), 3, 2, 8, generator=torch.Generator().manual_seed(0)).bfloat16()
    options = {"scale": None, "window": None, "bias": None, "dropout": 0.0}
    used = []

    def attend(query, *others):
        used.append(query.shape[2])
        return aligned_keys.attend_filled_up(query, *others)

    monkeypatch.setattr(attention, "attend_filled_up", attend)
    results = {}
    for fills in (True, False):
        monkeypatch.setattr(attention, "filling_up_pays", lambda length, dtype, fills=fills: fills and length >= 12)
        with torch.inference_mode():
            results[fills] = attention.GroupedAttention()(qkv, batch, **options)
    assert sorted(set(used)) == [12, 16, 30]
    torch.testing.assert_close(results[True], results[False], atol=2e-2, rtol=2e-2)
