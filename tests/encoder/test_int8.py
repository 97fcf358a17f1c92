"""An encoder in int8: close to float32, off under gradients, and its packed copies notice changed weights."""

import logging

import numpy as np
import pytest
import torch

from likewise.encoder import calibration, int8
from likewise.encoder.batch import PackedBatch
from likewise.encoder.calibration import SHARED_STEP_ERROR
from likewise.encoder.int8 import Int8Layer, Int8Linear
from likewise.encoder.integer_product import IntegerSupport, integer_support
from likewise.encoder.linear import PlainLinear
from likewise.models.packed_body import PackedBody

CPU = torch.device("cpu")
pytestmark = pytest.mark.skipif(integer_support().limit == 0, reason="no 8-bit products on this processor")


def texts(lengths, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(4, 60, (length,), generator=generator) for length in lengths]


def batch_of(ids):
    return PackedBatch.of(torch.cat(ids), np.array([len(each) for each in ids]))


def calibrated(model):
    encoder = PackedBody.of(model).encoder
    encoder.int8.layers = encoder.calibrate([batch_of(texts([30, 20, 10] * 20, seed=seed)) for seed in (1, 2, 3)])
    return encoder


def run(encoder, ids):
    with torch.inference_mode():
        return encoder(batch_of(ids))[-1]


@pytest.fixture
def bert(build_model):
    return build_model("bert", hidden_size=64, intermediate_size=96)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("bert", {}),
        ("bert", {"hidden_act": "relu"}),
        ("bert", {"hidden_act": "silu"}),
        ("bert", {"hidden_act": "gelu_new"}),
        ("mpnet", {}),
        ("distilbert", {}),
        ("albert", {}),
        ("modernbert", {}),
        ("nomic_bert", {}),
    ],
    ids=str,
)
def test_close_to_float32(build_model, family, changes):
    model = build_model(family, **changes)
    encoder = calibrated(model)
    ids = texts([9, 9, 1, 30, 2, 46, 9])

    integer = run(encoder, ids)
    encoder.int8.layers = None
    cosine = torch.nn.functional.cosine_similarity(run(encoder, ids), integer, dim=-1)

    assert cosine.mean() > 0.99
    assert not torch.equal(run(encoder, ids), integer)


def test_layers_multiply_in_integers(bert):
    encoder = calibrated(bert)
    with torch.inference_mode():
        kind = encoder.kernels_for(CPU, torch.float32)[1]
        layers = encoder._layers(kind)

    assert isinstance(kind, Int8Linear)
    assert kind.count() == (12, 12)
    assert all(isinstance(each, Int8Layer) for layer in layers for each in (layer.qkv, layer.out, layer.up, layer.down))
    assert all(layer.up.activates and not layer.down.activates for layer in layers)


@pytest.mark.parametrize("error", [0.0, SHARED_STEP_ERROR, 1.0], ids=["a step a channel", "default", "one step"])
def test_both_forms_of_the_feed_forward_part_are_close(bert, monkeypatch, error):
    monkeypatch.setattr(calibration, "SHARED_STEP_ERROR", error)
    encoder = calibrated(bert)
    forms = {plan.form for name, plan in encoder.int8.layers.plans.items() if name.endswith("output.dense")}
    ids = texts([12, 30])

    integer = run(encoder, ids)
    encoder.int8.layers = None

    assert torch.nn.functional.cosine_similarity(run(encoder, ids), integer, dim=-1).mean() > 0.99
    assert error == SHARED_STEP_ERROR or ("tensor" in forms) == (error == 1.0)


def test_layers_that_stay_in_float32(bert, monkeypatch):
    monkeypatch.setattr(calibration, "INTEGER_ERROR", 0.0)
    monkeypatch.setattr(calibration, "SHARED_STEP_ERROR", 0.0)
    encoder = calibrated(bert)
    ids = texts([12, 30])

    floats = run(encoder, ids)

    assert encoder.int8.layers.count() == (0, 12)
    encoder.int8.layers = None
    assert torch.equal(run(encoder, ids), floats)


def test_a_text_does_not_depend_on_its_neighbours(bert):
    encoder = calibrated(bert)
    ids = texts([9, 30, 1, 9])

    together = torch.split(run(encoder, ids), [len(each) for each in ids])

    for each, result in zip(ids, together, strict=True):
        torch.testing.assert_close(result, run(encoder, [each]), atol=1e-3, rtol=1e-3)


def test_changed_weights_show(bert, caplog):
    encoder = calibrated(bert)
    ids = texts([12, 30])
    before = run(encoder, ids)

    with torch.no_grad():
        bert.encoder.layer[2].output.dense.weight.mul_(-2.0)
    with caplog.at_level(logging.WARNING):
        after = run(encoder, ids)

    assert "encoder.layer.2.output.dense changed since quantize_int8()" in caplog.text
    assert "layer.0" not in caplog.text
    encoder.int8.layers = None
    exact = run(encoder, ids)
    assert torch.nn.functional.cosine_similarity(exact, after, dim=-1).mean() > 0.99
    assert (after - before).norm() > 3 * (after - exact).norm()


def test_weights_that_are_not_numbers_give_results_that_are_not(bert):
    encoder = calibrated(bert)
    with torch.no_grad():
        bert.encoder.layer[2].output.dense.weight[0, 0] = torch.nan

    assert run(encoder, texts([12])).isnan().all()


def test_not_used_under_gradients(bert):
    encoder = calibrated(bert)
    ids = texts([12, 30])

    result = encoder(batch_of(ids))[-1]
    result.square().sum().backward()

    assert isinstance(encoder.kernels_for(CPU, torch.float32)[1], PlainLinear)
    assert bert.encoder.layer[0].output.dense.weight.grad.any()
    encoder.int8.layers = None
    torch.testing.assert_close(result.detach(), run(encoder, ids), atol=1e-4, rtol=1e-4)


def test_falls_back_visibly_without_products(bert, monkeypatch):
    monkeypatch.setattr(int8, "integer_support", lambda: IntegerSupport(0, "no such products here"))
    encoder = calibrated(bert)
    ids = texts([12, 30])
    with torch.inference_mode():
        kind = encoder.kernels_for(CPU, torch.float32)[1]

    result = run(encoder, ids)

    assert kind.name == "oneDNN, weights packed once (no int8: no such products here)"
    encoder.int8.layers = None
    assert torch.equal(run(encoder, ids), result)


@pytest.mark.parametrize(
    ("device", "dtype", "reason"),
    [("cuda", torch.float32, "the weights are on cuda"), ("cpu", torch.bfloat16, "the weights are bfloat16")],
)
def test_says_where_it_does_not_run(bert, device, dtype, reason):
    encoder = calibrated(bert)
    with torch.inference_mode():
        kind = encoder.kernels_for(torch.device(device), dtype)[1]

    assert f"(no int8: {reason}" in kind.name


def test_new_layers_stay_in_float32(bert, caplog):
    encoder = calibrated(bert)
    ids = texts([12])
    del encoder.int8.layers.plans["encoder.layer.1.attention.output.dense"]

    with caplog.at_level(logging.WARNING):
        result = run(encoder, ids)

    assert "encoder.layer.1.attention.output.dense is new since quantize_int8()" in caplog.text
    encoder.int8.layers = None
    assert torch.nn.functional.cosine_similarity(run(encoder, ids), result, dim=-1).mean() > 0.99
