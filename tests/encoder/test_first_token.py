"""A last block that computes the first token of each text alone gives what the whole block gives for it."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.encoder.attention import GroupedAttention
from likewise.encoder.batch import PackedBatch
from likewise.encoder.first_token import attend_first
from likewise.models.packed_body import PackedBody

FAMILIES = ["bert", "roberta", "xlm-roberta", "camembert", "electra", "mpnet"]
FAMILIES += ["distilbert", "albert", "modernbert", "nomic_bert", "gte"]
LENGTHS = [9, 9, 1, 30, 2, 46, 9]


def encoder_of(model):
    body = PackedBody.of(model)
    assert body.encoder is not None, body.reason
    return body.encoder


def batch_of(lengths, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return PackedBatch.of(torch.randint(4, 60, (sum(lengths),), generator=generator), np.array(lengths))


def first_of(hidden, batch):
    return hidden[batch.cu_seqlens[:-1].long()]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_result_is_that_of_the_whole_block(build_model, family):
    encoder, batch = encoder_of(build_model(family)), batch_of(LENGTHS)
    with torch.inference_mode():
        whole = first_of(encoder(batch)[-1], batch)
        (first,) = encoder(batch, first_only=True)

    torch.testing.assert_close(first, whole, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_those_of_the_whole_block(build_model, family, checkpointing):
    model, batch = build_model(family), batch_of([5, 17, 1, 5])
    encoder = encoder_of(model)
    model.double()
    weights = torch.randn(4, 32, dtype=torch.float64)
    (first_of(encoder(batch)[-1], batch) * weights).sum().backward()
    expected = {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}
    model.zero_grad()

    (encoder(batch, first_only=True, checkpointing=checkpointing)[-1] * weights).sum().backward()

    for name, gradient in expected.items():
        found = dict(model.named_parameters())[name].grad
        torch.testing.assert_close(found, gradient, atol=1e-6, rtol=1e-6, msg=name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 46), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_a_text_does_not_depend_on_its_neighbours(build_model, lengths, seed):
    encoder, batch = encoder_of(build_model("bert")), batch_of(lengths, seed)
    with torch.inference_mode():
        (together,) = encoder(batch, first_only=True)
        parts = torch.split(batch.input_ids, lengths)
        alone = [encoder(PackedBatch.of(ids, np.array([len(ids)])), first_only=True)[0] for ids in parts]

    torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("biased", [False, True])
def test_attention_beside_the_whole_one(window, scale, biased):
    batch, table = batch_of(LENGTHS), torch.randn(2, 46, 46, dtype=torch.float64)
    qkv = torch.randn(sum(LENGTHS), 3, 2, 4, dtype=torch.float64)
    options = {
        "scale": scale,
        "window": window,
        "bias": (lambda length: table[:, :length, :length]) if biased else None,
    }

    whole = GroupedAttention()(qkv, batch, dropout=0.0, **options)
    first = attend_first(qkv, batch, dropout=0.0, **options)

    # The bias of a text of length S is the corner of a longer one's, as for biases by distance.
    torch.testing.assert_close(first, first_of(whole, batch))


def test_half_precision_is_summed_in_float32():
    batch, qkv = batch_of([46]), torch.randn(46, 3, 2, 4)

    half = attend_first(qkv.bfloat16(), batch, scale=None, window=None, bias=None, dropout=0.0)

    exact = attend_first(qkv.bfloat16().float(), batch, scale=None, window=None, bias=None, dropout=0.0)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half, exact.bfloat16())


def test_large_scores_do_not_overflow():
    batch, qkv = batch_of([3, 5]), 1e4 * torch.randn(8, 3, 2, 4)

    found = attend_first(qkv, batch, scale=None, window=None, bias=None, dropout=0.0)

    assert found.isfinite().all()


def test_dropped_attention_keeps_the_expectation():
    batch, qkv = batch_of([8]), torch.randn(8, 3, 2, 4)
    options = {"scale": None, "window": None, "bias": None}

    drawn = torch.stack([attend_first(qkv, batch, dropout=0.3, **options) for _ in range(3000)])

    assert drawn.std(0).min() > 0.05
    torch.testing.assert_close(drawn.mean(0), attend_first(qkv, batch, dropout=0.0, **options), atol=0.08, rtol=0)


def test_only_the_last_block_is_cut_short(build_model):
    """All other tokens are still computed in the blocks before: a changed one changes the result."""
    encoder, batch = encoder_of(build_model("bert")), batch_of([6, 4])
    other = batch.input_ids.clone()
    other[5] = (other[5] + 1 - 4) % 56 + 4
    with torch.inference_mode():
        (before,) = encoder(batch, first_only=True)
        (after,) = encoder(dataclasses.replace(batch, input_ids=other), first_only=True)

    assert (before[0] - after[0]).abs().max() > 1e-3
    torch.testing.assert_close(before[1], after[1], atol=1e-6, rtol=1e-6)
