"""oneDNN linears: packed once, with and without the activation in the product."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from likewise.encoder import cpu
from likewise.encoder.linear import Place

CPU = torch.device("cpu")
ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}

pytestmark = pytest.mark.skipif(not cpu.is_available(CPU, torch.float32), reason="PyTorch without oneDNN")


def numbers(rows, dtype=torch.float32, bias=True):
    draw = torch.Generator().manual_seed(rows)
    x, weight, bias_O = (torch.randn(shape, generator=draw) for shape in ((rows, 24), (40, 24), (40,)))
    return x.to(dtype), weight.to(dtype), bias_O.to(dtype) if bias else None


@pytest.mark.parametrize("rows", [1, 7, 300])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_fused_activation_gives_what_it_gives_behind_the_product(name, bias, rows):
    x, weight, bias_O = numbers(rows, bias=bias)
    place = Place("up", activation=name)
    fused = cpu.OneDnnLinear(fuses=True).make(place, weight, bias_O)
    apart = cpu.OneDnnLinear(fuses=False).make(place, weight, bias_O)
    assert fused.activates
    assert not apart.activates
    with torch.inference_mode():
        torch.testing.assert_close(apart(x), F.linear(x, weight, bias_O), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(fused(x), ACTIVATIONS[name](apart(x)), atol=2e-6, rtol=1e-5)


@pytest.mark.skipif(not cpu.is_available(CPU, torch.bfloat16), reason="a processor without bfloat16")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_fused_activation_rounds_to_bfloat16_once(name):
    x, weight, bias_O = numbers(50, torch.bfloat16)
    fused = cpu.OneDnnLinear(fuses=True).make(Place("up", activation=name), weight, bias_O)
    exact = ACTIVATIONS[name](F.linear(x.double(), weight.double(), bias_O.double()))
    with torch.inference_mode():
        torch.testing.assert_close(fused(x).double(), exact, atol=2**-8, rtol=2**-8)


@pytest.mark.parametrize("place", [Place("down"), Place("up", activation="silu")])
def test_what_there_is_no_fused_form_of_is_left_to_the_block(place):
    x, weight, bias_O = numbers(3)
    layer = cpu.OneDnnLinear(fuses=True).make(place, weight, bias_O)
    assert not layer.activates
    torch.testing.assert_close(layer(x), F.linear(x, weight, bias_O), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("capability", ["DEFAULT", "AVX2", "AVX512", "AVX512_VNNI"])
def test_activations_are_fused_where_the_processor_has_avx512(monkeypatch, capability):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    _, weight, bias_O = numbers(1)
    layer = cpu.OneDnnLinear().make(Place("up", activation="gelu"), weight, bias_O)
    assert layer.activates is capability.startswith("AVX512")
