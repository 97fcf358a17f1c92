"""The pooling functions against their formulas."""

import math

import pytest
import torch

from likewise.ops.packing import pack
from likewise.ops.pooling import POOLING_FUNCTIONS, pool
from likewise.ops.token_layout import PackedTokens, PaddedTokens

MASK = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]])

FORMULAS = {
    "cls": lambda row: row[0],
    "lasttoken": lambda row: row[-1],
    "max": lambda row: row.amax(0),
    "mean": lambda row: row.sum(0) / len(row),
    "mean_sqrt_len_tokens": lambda row: row.sum(0) / math.sqrt(len(row)),
    "weightedmean": lambda row: sum((at + 1) * token for at, token in enumerate(row)) / sum(range(1, len(row) + 1)),
}


def both_layouts(hidden, mask=MASK):
    packed, cu_seqlens = pack(hidden, mask)
    return PaddedTokens(hidden, mask), PackedTokens(packed, cu_seqlens)


def test_there_is_a_formula_for_every_mode():
    assert set(FORMULAS) == set(POOLING_FUNCTIONS)


@pytest.mark.parametrize("mode", FORMULAS)
def test_every_mode_is_its_formula_in_both_layouts(mode):
    hidden = torch.randn(3, 4, 5)

    for tokens in both_layouts(hidden):
        found = POOLING_FUNCTIONS[mode](tokens, None)
        for row in (0, 1):
            torch.testing.assert_close(found[row], FORMULAS[mode](hidden[row][MASK[row] == 1]))
        assert found[2].tolist() == [0.0] * 5


@pytest.mark.parametrize("mode", FORMULAS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_type_stays(mode, dtype):
    for tokens in both_layouts(torch.randn(3, 4, 5, dtype=dtype)):
        assert POOLING_FUNCTIONS[mode](tokens, None).dtype == dtype


def test_a_sum_of_weights_stands_for_the_number_of_tokens():
    hidden = torch.ones(3, 4, 1)
    weights = torch.tensor([8.0, 1.0, 0.0])

    for tokens in both_layouts(hidden):
        assert POOLING_FUNCTIONS["mean"](tokens, weights).tolist() == [[0.5], [2.0], [0.0]]
        assert POOLING_FUNCTIONS["mean_sqrt_len_tokens"](tokens, weights)[1].item() == 2.0
        assert POOLING_FUNCTIONS["max"](tokens, weights).tolist() == [[1.0], [1.0], [0.0]]


def test_several_modes_stand_side_by_side_in_the_order_given():
    hidden = torch.randn(3, 4, 5)

    for tokens in both_layouts(hidden):
        parts = [POOLING_FUNCTIONS[mode](tokens, None) for mode in ("mean", "cls")]
        torch.testing.assert_close(pool(tokens, ("mean", "cls")), torch.cat(parts, 1), rtol=0, atol=0)


@pytest.mark.parametrize("mode", FORMULAS)
def test_gradients_are_finite_even_where_there_is_no_token(mode):
    hidden = torch.randn(3, 4, 5, requires_grad=True)

    for tokens in both_layouts(hidden):
        gradient = torch.autograd.grad(POOLING_FUNCTIONS[mode](tokens, None).sum(), hidden, retain_graph=True)[0]
        assert torch.isfinite(gradient).all()
        assert (gradient[MASK == 0] == 0).all()


def test_the_mean_of_a_long_text_in_half_precision_is_exact():
    hidden = torch.full((1, 5000, 2), 100.0, dtype=torch.float16)

    for tokens in both_layouts(hidden, torch.ones(1, 5000)):
        assert POOLING_FUNCTIONS["mean"](tokens, None).tolist() == [[100.0, 100.0]]
