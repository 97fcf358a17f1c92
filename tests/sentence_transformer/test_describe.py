"""`describe`: how a model runs, in words that are true at that moment."""

import dataclasses

import pytest
import torch

from likewise import SentenceTransformer
from likewise.models import Router, StaticEmbedding


def test_a_supported_encoder_is_said_to_run_packed(model):
    model.prompts["query"] = "query: "
    model.default_prompt_name = "query"
    model.truncate_dim = 5
    described = model.describe()

    (body,) = described.bodies
    assert (body.name, body.architecture, body.packed, body.reason) == ("0", "bert", True, "")
    assert body.attention
    assert body.linear
    assert [name for name, _ in described.modules] == ["0", "1"]
    assert (described.device, described.dtype) == ("cpu", "float32")
    assert (described.max_seq_length, described.embedding_dimension, described.truncate_dim) == (32, 5, 5)
    text = str(described)
    for part in ("packed: no padding", "module 0", "Pooling(", "cosine", "query = 'query: '", "32 tokens", "cut to 5"):
        assert part in text
    assert "document" not in text
    assert repr(described) == text


def test_it_follows_changes_of_the_model(model):
    hook = model[0].auto_model.encoder.register_forward_hook(lambda *_: None)
    (padded,) = model.describe().bodies
    hook.remove()
    model.bfloat16()
    model.similarity_fn_name = "dot"

    assert not padded.packed
    assert padded.reason == "a hook on 'encoder'"
    assert str(padded) == "BertModel, padded, through transformers: a hook on 'encoder'"
    assert model.describe().bodies[0].packed
    assert (model.describe().dtype, model.describe().similarity) == ("bfloat16", "dot")


def test_describing_says_what_encode_uses(model):
    """Kernels are chosen anew for each call; those named are those without gradients."""
    encoder = model[0].how_it_runs().encoder
    with torch.inference_mode():
        attention, linear = encoder.kernels_for(torch.device("cpu"), torch.float32)

    (body,) = model.describe().bodies

    assert (body.attention, body.linear) == (attention.name, linear.name)


def test_a_model_without_a_transformer():
    described = SentenceTransformer("likewise-mini", device="cpu").describe()

    assert described.bodies == ()
    assert described.max_seq_length is None
    assert "no transformers model" in str(described)
    assert "no limit" in str(described)


def test_each_body_of_a_router_is_described(model, toy_folder):
    other = SentenceTransformer(toy_folder, device="cpu")
    router = Router.for_query_document([model[0], model[1]], [other[0], other[1]])

    bodies = SentenceTransformer(modules=[router], device="cpu").describe().bodies

    assert [body.name for body in bodies] == ["0.sub_modules.query.0", "0.sub_modules.document.0"]
    assert all(body.packed for body in bodies)


def test_a_description_is_data(model):
    data = dataclasses.asdict(model.describe())

    assert data["bodies"][0]["packed"] is True
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.describe().device = "cuda"


def test_the_dtype_of_a_model_without_weights_is_empty(model):
    assert "none" in str(SentenceTransformer(modules=[model[1]], device="cpu").describe())


def test_static_embeddings_are_named(model):
    tokenizer = model.tokenizer.backend_tokenizer
    static = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=3)], device="cpu")

    assert static.describe().modules == (("0", "StaticEmbedding()"),)
    assert static.describe().embedding_dimension == 3
