"""Logits over a vocabulary, pooled a tile at a time, beside the same from all logits at once."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from likewise.ops import token_logits
from likewise.ops.token_logits import TILE_COLUMNS, TILE_TOKENS, TokenLogits


def logits_of(lengths, width=5, vocabulary=11, *, bias=True, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(sum(lengths), width, generator=generator).to(dtype)
    weight = torch.randn(vocabulary, width, generator=generator).to(dtype)
    added = torch.randn(vocabulary, generator=generator).to(dtype) if bias else None
    return TokenLogits(hidden, weight, added, lengths)


def naive(logits, reduce):
    """One sequence at a time, from all logits."""
    rows = [
        reduce(tokens) if len(tokens) else torch.zeros(tokens.shape[1])
        for tokens in logits.whole().split(logits.lengths)
    ]
    return torch.stack(rows)


def saturated(values):
    return torch.log1p(torch.relu(values))


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    tile_tokens=st.integers(1, 12),
    columns=st.integers(1, 12),
    bias=st.booleans(),
)
def test_tiles_give_what_all_logits_give(lengths, tile_tokens, columns, bias):
    logits = logits_of(lengths, bias=bias)
    patch = pytest.MonkeyPatch()
    patch.setattr(token_logits, "TILE_COLUMNS", columns)
    with patch.context():
        maximum = logits.pooled_max(tile_tokens=tile_tokens)
        total = logits.pooled_sum(saturated, tile_tokens=tile_tokens)
    patch.undo()

    torch.testing.assert_close(maximum, naive(logits, lambda tokens: tokens.amax(0)), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(total, naive(logits, lambda tokens: saturated(tokens).sum(0)), atol=1e-5, rtol=1e-5)


def test_kernels_of_strips_are_used_in_order(monkeypatch):
    monkeypatch.setattr(token_logits, "TILE_COLUMNS", 4)
    plain = logits_of([3, 0, 2])
    strips = [lambda x, at=at: plain.whole()[: len(x), at : at + 4] + 100 for at in range(0, 11, 4)]
    kernels = TokenLogits(plain.hidden_TE, plain.weight_VE, plain.bias_V, plain.lengths, strips)

    expected = plain.pooled_max() + 100
    expected[1] = 0
    torch.testing.assert_close(kernels.pooled_max(), expected)


def test_no_sequences_and_no_tokens():
    assert logits_of([]).pooled_max().shape == (0, 11)
    assert logits_of([0, 0]).pooled_sum(saturated).tolist() == [[0.0] * 11] * 2


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that an operator makes."""

    def __init__(self):
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            shares = any(
                isinstance(each, torch.Tensor)
                and each.untyped_storage().data_ptr() == result.untyped_storage().data_ptr()
                for each in args
            )
            self.numel = max(self.numel, 0 if shares else result.numel())
        return result


@pytest.mark.parametrize("strategy", ["max", "sum"])
def test_tokens_times_vocabulary_are_never_held(strategy):
    """The largest intermediate is a tile, or the result itself."""
    lengths = [7] * 40 + [900, 1300] + [3] * 200
    logits = logits_of(lengths, vocabulary=3 * TILE_COLUMNS + 5)
    result = len(lengths) * (3 * TILE_COLUMNS + 5)

    with torch.no_grad(), Largest() as largest:
        pooled = logits.pooled_max() if strategy == "max" else logits.pooled_sum(saturated)

    assert pooled.numel() == result
    assert largest.numel <= max(result, TILE_TOKENS * TILE_COLUMNS)
    assert largest.numel * 4 < sum(lengths) * (3 * TILE_COLUMNS + 5)


def test_gradients_are_those_of_all_logits():
    for tiled, whole in (
        (lambda each: each.pooled_max(tile_tokens=3), lambda each: naive(each, lambda tokens: tokens.amax(0))),
        (
            lambda each: each.pooled_sum(saturated, tile_tokens=3),
            lambda each: naive(each, lambda tokens: saturated(tokens).sum(0)),
        ),
    ):
        gradients = []
        for pool in (tiled, whole):
            logits = logits_of([4, 1, 7, 2])
            parts = [logits.hidden_TE, logits.weight_VE, logits.bias_V]
            for part in parts:
                part.requires_grad_()
            pool(logits).square().sum().backward()
            gradients.append([part.grad for part in parts])
        torch.testing.assert_close(*gradients)


def test_sums_of_half_precision_are_taken_in_float32():
    ones = TokenLogits(torch.ones(4096, 1, dtype=torch.bfloat16), torch.ones(1, 1, dtype=torch.bfloat16), None, [4096])

    total = ones.pooled_sum(lambda values: values)

    assert total.dtype == torch.bfloat16
    assert total.item() == 4096  # added up in bfloat16, it would stop at 256
