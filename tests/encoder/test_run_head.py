"""The head of a re-ranker beside a naive re-derivation, text by text."""

import pytest
import torch
from torch.nn import functional as F

from likewise.encoder.head import Head
from likewise.encoder.run_head import pool_tokens, run_head
from likewise.encoder.supports import head_for, support_for
from likewise.hub.config_reader import ConfigReader

LENGTHS = [3, 1, 4]
ACTIVATIONS = {"gelu": F.gelu, "tanh": torch.tanh, "relu": F.relu, "silu": F.silu}


def weights(head, width=4, labels=2):
    shapes = {f"{head.dense}.weight": (width, width), f"{head.dense}.bias": (width,)}
    shapes |= {f"{head.out}.weight": (labels, width), f"{head.out}.bias": (labels,)}
    shapes |= {f"{head.norm}.weight": (width,), f"{head.norm}.bias": (width,)}
    return {name: torch.randn(shape) for name, shape in shapes.items() if name in head.names()}


def naive(head, held, texts):
    rows = []
    for tokens in texts:
        pooled = tokens[0] if head.pooling == "cls" else sum(tokens) / len(tokens)
        inner = held[f"{head.dense}.weight"] @ pooled + held.get(f"{head.dense}.bias", 0.0)
        inner = ACTIVATIONS[head.activation](inner)
        if head.norm:
            deviation = (inner.var(correction=0) + head.epsilon).sqrt()
            inner = (inner - inner.mean()) / deviation * held[f"{head.norm}.weight"]
            inner = inner + held.get(f"{head.norm}.bias", 0.0)
        rows.append(held[f"{head.out}.weight"] @ inner + held[f"{head.out}.bias"])
    return torch.stack(rows)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "options", [{}, {"norm": "norm"}, {"norm": "norm", "biased_norm": False, "biased_dense": False}]
)
def test_logits(pooling, activation, options):
    head = Head(model_class="", dense="dense", out="out", activation=activation, pooling=pooling, **options)
    held, hidden = weights(head), torch.randn(sum(LENGTHS), 4)
    cu_seqlens = torch.tensor([0, 3, 4, 8], dtype=torch.int32)

    logits = run_head(head, held.get, pool_tokens(head, hidden, cu_seqlens), training=False)

    torch.testing.assert_close(logits, naive(head, held, torch.split(hidden, LENGTHS)))


@pytest.mark.parametrize("where", ["dropout_before", "dropout"])
def test_dropout_keeps_the_expectation(where):
    head = Head(model_class="", dense="dense", out="out", activation="relu", **{where: 0.5})
    held = {"dense.weight": torch.eye(4), "dense.bias": torch.zeros(4)}
    held |= {"out.weight": torch.full((1, 4), 0.25), "out.bias": torch.zeros(1)}

    logits = run_head(head, held.get, torch.ones(2000, 4), training=True)

    assert logits.std() > 0.1
    torch.testing.assert_close(logits.mean(), torch.tensor(1.0), atol=0.05, rtol=0)


def test_a_head_that_is_not_known_is_none(tmp_path):
    data = {"model_type": "modernbert", "classifier_pooling": "max", "hidden_size": 4, "num_attention_heads": 1}
    data |= {"num_hidden_layers": 1, "layer_types": ["full_attention"], "vocab_size": 9, "max_position_embeddings": 8}
    data |= {"local_attention": 2, "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1e4}}}
    config = ConfigReader(data, tmp_path / "config.json")
    spec = support_for(config).spec

    assert spec is not None
    assert head_for(config, spec) is None
