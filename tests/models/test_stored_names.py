"""Names of weights in files, and what they are in the model."""

import pytest

from likewise.models.direct_architectures import ARCHITECTURES
from likewise.models.stored_names import GTE, NOMIC_BERT, StoredNames

NAMES = [
    (NOMIC_BERT, "emb_ln.bias", ("embeddings.LayerNorm.bias",)),
    (NOMIC_BERT, "encoder.layers.11.mlp.fc11.weight", ("layers.11.mlp.up_proj.weight",)),
    (NOMIC_BERT, "encoder.layers.0.norm2.weight", ("layers.0.post_mlp_layernorm.weight",)),
    (
        NOMIC_BERT,
        "encoder.layers.2.attn.Wqkv.weight",
        tuple(f"layers.2.self_attn.{part}_proj.weight" for part in "qkv"),
    ),
    (GTE, "encoder.layer.0.attention.qkv_proj.bias", tuple(f"layers.0.self_attn.{part}_proj.bias" for part in "qkv")),
    (GTE, "encoder.layer.3.mlp.up_gate_proj.weight", ("layers.3.mlp.up_proj.weight", "layers.3.mlp.gate_proj.weight")),
    (GTE, "encoder.layer.3.mlp_ln.bias", ("layers.3.post_mlp_layernorm.bias",)),
    (GTE, "embeddings.word_embeddings.weight", ("embeddings.word_embeddings.weight",)),
    (StoredNames(), "encoder.layer.0.attention.self.query.weight", ("encoder.layer.0.attention.self.query.weight",)),
]


@pytest.mark.parametrize(("names", "stored", "own"), NAMES)
def test_names_are_translated_both_ways(names, stored, own):
    assert names.own(stored) == own
    assert [names.stored(each) for each in own] == [(stored, at) for at in range(len(own))]


@pytest.mark.parametrize(("names", "stored", "own"), NAMES)
def test_the_models_own_names_are_taken_as_they_are(names, stored, own):
    del stored

    assert all(names.own(each) == (each,) for each in own)


def test_a_prefix_is_dropped():
    assert GTE.own("new.encoder.layer.0.attn_ln.bias") == ("layers.0.post_attention_layernorm.bias",)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_every_weight_of_every_architecture_survives_both_ways(kind, tmp_path):
    import json

    from likewise.hub.folder import ModelFolder
    from likewise.models.direct_config import read_direct_config

    known = ARCHITECTURES[kind]
    common = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 50368}
    sizes = {known.aliases.get(name, name): value for name, value in common.items()}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind, **sizes}))
    parts = read_direct_config(ModelFolder(tmp_path), {}).parts

    for name in (name for part in parts for name in part.tensors()):
        stored, index = known.stored.stored(name)
        assert known.stored.own(stored)[index] == name
