"""Values on a grid of 256 steps: what was seen is within half a step, what was not is clipped, never wrapped around."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoder.grid import LEVELS, Grid, InputRange, IntegerWeight, Quantiser


def outlying(rows=300, width=24, seed=0):
    """Inputs of which one channel is large, one off centre and one constant."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, width, generator=generator)
    x[:, 0] *= 40
    x[:, 1] += 9
    x[:, 2] = 0.25
    return x


def seen(x):
    return InputRange(x.amin(0), x.amax(0), x.mean(0))


def weight(seed=1, out=10, width=24):
    return torch.randn(out, width, generator=torch.Generator().manual_seed(seed))


def both_grids(x):
    return {"channel": Grid.by_channel(seen(x), weight()), "tensor": Grid.by_tensor(seen(x))}


@pytest.mark.parametrize("form", ["channel", "tensor"])
def test_what_was_seen_comes_back_within_half_a_step(form):
    x = outlying()
    grid = both_grids(x)[form]

    back = grid.step_I * (Quantiser.of(grid)(x).float() - grid.zero_I)

    assert ((back - x).abs() <= grid.step_I * 0.5001 + 1e-5).all()


@pytest.mark.parametrize("form", ["channel", "tensor"])
def test_far_values_are_clipped(form):
    grid = both_grids(outlying())[form]
    quantiser = Quantiser.of(grid)

    assert (quantiser(torch.full((1, 24), 1e9)) == LEVELS).all()
    assert (quantiser(torch.full((1, 24), -1e9)) == 0).all()


@given(st.integers(0, LEVELS))
def test_every_step_is_hit(step):
    grid = Grid(torch.full((3,), 0.5), torch.tensor([0.0, 128.0, 255.0]))

    assert (Quantiser.of(grid)(0.5 * (step - grid.zero_I)[None]) == step).all()


def test_an_outlier_does_not_coarsen_the_other_channels():
    x = outlying()

    by_channel, by_tensor = both_grids(x)["channel"], both_grids(x)["tensor"]

    assert by_channel.step_I[3:].median() < by_tensor.step_I[3:].median() / 4


@pytest.mark.parametrize("limit", [64, 127])
@pytest.mark.parametrize("bias", [None, torch.linspace(-2, 2, 10)], ids=["no bias", "bias"])
def test_the_integer_weight_gives_nearly_the_layer(limit, bias):
    x, w = outlying(), weight()
    grid = Grid.by_channel(seen(x), w)

    made = IntegerWeight.of(w, bias, grid, x.mean(0), limit)
    result = (Quantiser.of(grid)(x).double() @ made.weight_OI.double().T) * made.scale_O + made.bias_O

    assert int(made.weight_OI.abs().max()) == limit
    exact = torch.nn.functional.linear(x, w, bias)
    assert (result - exact).norm() / exact.norm() < 0.02


def test_what_rounding_a_weight_does_to_the_mean_stands_in_the_bias():
    x, w = outlying() + 30, weight()
    grid = Grid.by_channel(seen(x), w)
    q = Quantiser.of(grid)(x).double()
    errors = []
    for mean in (x.mean(0), torch.zeros(24)):
        made = IntegerWeight.of(w, None, grid, mean, 127)
        result = (q @ made.weight_OI.double().T) * made.scale_O + made.bias_O
        errors.append((result - x.double() @ w.double().T).mean(0).norm())

    assert errors[0] < errors[1] / 4


@pytest.mark.parametrize("value", [0.0, 1e-9, 3.0, -2e4])
def test_a_constant_channel_is_exact(value):
    x = outlying()
    x[:, 5] = value
    grid = Grid.by_channel(seen(x), weight())

    back = grid.step_I * (Quantiser.of(grid)(x).float() - grid.zero_I)

    torch.testing.assert_close(back[:, 5], x[:, 5], atol=1e-4, rtol=1e-5)


def test_a_weight_of_zeros():
    x = outlying()
    w = torch.zeros(10, 24)
    grid = Grid.by_channel(seen(x), w)

    made = IntegerWeight.of(w, None, grid, x.mean(0), 127)

    assert not made.weight_OI.any()
    assert not made.bias_O.any()
    assert torch.isfinite(made.scale_O).all()


@pytest.mark.parametrize("rows", [0, 1, 5, 6, 17])
def test_values_are_put_on_a_grid_a_few_rows_at_a_time_with_the_same_result(monkeypatch, rows):
    grid = Grid(torch.tensor([0.1, 0.02, 1.0]), torch.tensor([10.0, 128.0, 0.0]))
    x = torch.randn(rows, 3, generator=torch.Generator().manual_seed(rows)) * 4
    expected = (x / grid.step_I + grid.zero_I).round().clamp(0, LEVELS).to(torch.uint8)

    assert torch.equal(Quantiser.of(grid)(x), expected)
    monkeypatch.setattr("likewise.encoder.grid._VALUES_AT_ONCE", 18)
    assert torch.equal(Quantiser.of(grid)(x), expected)
