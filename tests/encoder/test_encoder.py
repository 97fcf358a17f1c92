"""The packed forward gives what transformers gives: for every architecture, any mix of lengths, and gradients."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.encoder import block
from likewise.encoder.batch import PackedBatch
from likewise.models.packed_body import PackedBody

FAMILIES = ["bert", "roberta", "xlm-roberta", "camembert", "electra", "mpnet"]
FAMILIES += ["distilbert", "albert", "modernbert", "nomic_bert", "gte"]


def packed(model):
    body = PackedBody.of(model)
    assert body.encoder is not None, body.reason
    return body.encoder


def texts(lengths, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(4, 60, (length,), generator=generator) for length in lengths]


def one_by_one(model, ids):
    return torch.cat([model(input_ids=each[None]).last_hidden_state[0] for each in ids])


def padded(model, ids):
    width = max(map(len, ids))
    mask = torch.tensor([[1] * len(each) + [0] * (width - len(each)) for each in ids])
    rows = torch.stack([torch.nn.functional.pad(each, (0, width - len(each)), value=1) for each in ids])
    return model(input_ids=rows, attention_mask=mask).last_hidden_state[mask.bool()]


def batch_of(ids):
    return PackedBatch.of(torch.cat(ids), np.array([len(each) for each in ids]))


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_padded_and_one_by_one_agree(build_model, family):
    model = build_model(family)
    ids = texts([9, 9, 1, 30, 2, 46, 9])
    with torch.inference_mode():
        result = packed(model)(batch_of(ids))[-1]

        torch.testing.assert_close(result, one_by_one(model, ids), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(result, padded(model, ids), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_agree(build_model, family):
    model = build_model(family)
    ids = texts([5, 17, 5])
    weights = torch.randn(27, 32, generator=torch.Generator().manual_seed(1))
    (one_by_one(model, ids) * weights).sum().backward()
    expected = {
        name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None
    }
    model.zero_grad()

    (packed(model)(batch_of(ids))[-1] * weights).sum().backward()

    for name, gradient in expected.items():
        scale = gradient.abs().max() + 1
        torch.testing.assert_close(
            dict(model.named_parameters())[name].grad / scale, gradient / scale, atol=1e-4, rtol=1e-4, msg=name
        )


@pytest.mark.parametrize("family", ["bert", "mpnet", "modernbert"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 46), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_a_text_does_not_depend_on_its_neighbours(build_model, family, lengths, seed):
    encoder = packed(build_model(family))
    ids = texts(lengths, seed)
    with torch.inference_mode():
        together = encoder(batch_of(ids))[-1].split(lengths)

        for each, result in zip(ids, together, strict=True):
            torch.testing.assert_close(result, encoder(batch_of([each]))[-1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 1},
        {"num_attention_heads": 8, "hidden_size": 64},
        {"intermediate_size": 7},
        {"num_hidden_layers": 1},
        {"hidden_act": "gelu_new"},
        {"hidden_act": "relu"},
        {"type_vocab_size": 1},
        {"layer_norm_eps": 1e-3},
    ],
    ids=str,
)
def test_configurations_of_bert(build_model, changes):
    model = build_model("bert", **changes)
    ids = texts([3, 20, 3])
    with torch.inference_mode():
        torch.testing.assert_close(packed(model)(batch_of(ids))[-1], one_by_one(model, ids), atol=1e-5, rtol=1e-5)


def test_token_types(build_model):
    model = build_model("bert")
    ids, types = texts([6, 4]), [torch.tensor([0, 0, 0, 1, 1, 1]), torch.tensor([0, 1, 1, 1])]
    batch = PackedBatch.of(torch.cat(ids), np.array([6, 4]), torch.cat(types))
    with torch.inference_mode():
        expected = torch.cat(
            [
                model(input_ids=a[None], token_type_ids=b[None]).last_hidden_state[0]
                for a, b in zip(ids, types, strict=True)
            ]
        )

        torch.testing.assert_close(packed(model)(batch)[-1], expected, atol=1e-5, rtol=1e-5)


def test_all_layers(build_model):
    model = build_model("bert")
    ids = texts([6, 4])
    with torch.inference_mode():
        layers = packed(model)(batch_of(ids), all_layers=True)
        expected = model(input_ids=ids[0][None], output_hidden_states=True).hidden_states

        for ours, theirs in zip(layers, expected, strict=True):
            torch.testing.assert_close(ours[:6], theirs[0], atol=1e-5, rtol=1e-5)


def test_changed_weights_show(build_model):
    """An optimiser writes in place, a load or an assignment brings another tensor: both make packed copies stale."""
    model = build_model("bert")
    encoder, batch = packed(model), batch_of(texts([6, 4]))
    layer = model.encoder.layer[1].output.dense
    with torch.no_grad():
        first = encoder(batch)[-1]
        layer.weight.mul_(2.0)
        second = encoder(batch)[-1]
        layer.weight.data = layer.weight.data * 2.0
        third = encoder(batch)[-1]

        torch.testing.assert_close(third, one_by_one(model, texts([6, 4])), atol=1e-5, rtol=1e-5)
    assert (first - second).abs().max() > 1e-3
    assert (second - third).abs().max() > 1e-3


def test_dropout_only_in_training(build_model):
    encoder, batch = packed(build_model("bert")), batch_of(texts([6, 4]))

    assert torch.equal(encoder(batch)[-1], encoder(batch)[-1])
    assert not torch.equal(encoder(batch, training=True)[-1], encoder(batch, training=True)[-1])


def test_checkpointing_gives_the_same_gradients(build_model):
    model = build_model("bert")
    encoder, batch = packed(model), batch_of(texts([6, 4]))
    gradients = []
    for checkpointing in (False, True):
        model.zero_grad()
        encoder(batch, checkpointing=checkpointing)[-1].square().sum().backward()
        gradients.append(model.embeddings.word_embeddings.weight.grad.clone())

    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_close(build_model, dtype):
    model = build_model("bert")
    ids = texts([6, 4])
    with torch.inference_mode():
        exact = packed(model)(batch_of(ids))[-1]
        half = packed(model.to(dtype))(batch_of(ids))[-1]

    assert half.dtype == dtype
    assert torch.nn.functional.cosine_similarity(half.float(), exact, dim=-1).min() > 0.99


@pytest.mark.parametrize("family", ["roberta", "mpnet", "bert"])
def test_padding_token_within_a_text(build_model, family):
    """A text can spell the padding token; RoBERTa and MPNet give it no position of its own."""
    model = build_model(family)
    ids = [torch.tensor([2, 7, 1, 1, 9, 3]), torch.tensor([1, 5]), torch.tensor([4, 1])]
    with torch.inference_mode():
        torch.testing.assert_close(packed(model)(batch_of(ids))[-1], one_by_one(model, ids), atol=1e-5, rtol=1e-5)


def test_tiles_of_the_feed_forward_part_change_nothing(build_model, monkeypatch):
    encoder, batch = packed(build_model("bert")), batch_of(texts([40, 33, 21, 9, 1]))
    with torch.inference_mode():
        whole = encoder(batch)[-1]
        monkeypatch.setattr(block, "TILE_ROWS", 7)

        torch.testing.assert_close(encoder(batch)[-1], whole, atol=1e-6, rtol=1e-6)
