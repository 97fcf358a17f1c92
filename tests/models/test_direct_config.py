"""What is known about architectures is what transformers knows."""

import inspect
import json
from pathlib import Path

import pytest
import torch

from likewise.encoder.supports import support_for
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.direct_architectures import ARCHITECTURES
from likewise.models.direct_config import read_direct_config

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 50}


# The default padding id of this one is that high.
VOCABULARIES = {"modernbert": 50368}


def sizes_of(kind):
    aliases = ARCHITECTURES[kind].aliases
    sizes = {**SIZES, "vocab_size": VOCABULARIES.get(kind, 50)}
    return {aliases.get(name, name): value for name, value in sizes.items()}


def write(folder, kind, **changes):
    (folder / "config.json").write_text(json.dumps({"model_type": kind, **sizes_of(kind), **changes}))
    return ModelFolder(folder)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_defaults_class_and_names_are_those_of_transformers(kind, tmp_path):
    from transformers import CONFIG_MAPPING, MODEL_MAPPING

    known = ARCHITECTURES[kind]
    config = CONFIG_MAPPING[kind](**sizes_of(kind))
    with torch.device("meta"):
        model = MODEL_MAPPING[type(config)](config)
    read = read_direct_config(write(tmp_path, kind), {})

    assert {name: config.to_dict()[name] for name in known.defaults} == known.defaults
    assert dict(config.attribute_map) == dict(known.aliases)
    assert type(model).__name__ == known.model_class
    assert f"{model.base_model_prefix}." == known.prefix
    assert ("add_pooling_layer" in inspect.signature(type(model).__init__).parameters) == (known.pooler is not None)
    assert read is not None
    assert read.spec == support_for(ConfigReader(config.to_dict(), Path("x"))).spec
    tensors = {name: shape for part in read.parts for name, shape in part.tensors().items()}
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert tensors == {name: shape for name, shape in expected.items() if not name.startswith("pooler")}


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 3},
        {"pad_token_id": 50},
        {"hidden_dropout_prob": 7},
        {"layer_norm_eps": 0.5},
        {"hidden_act": "sigmoid"},
        {"hidden_size": None},
        {"quantization_config": {"quant_method": "gptq"}},
        {"torch_dtype": "load"},
        {"model_type": "t5"},
    ],
)
def test_what_is_not_understood_is_left_to_transformers(changes, tmp_path):
    assert read_direct_config(write(tmp_path, "bert", **changes), {}) is None


def test_options_are_left_to_transformers_but_for_hidden_states(tmp_path):
    folder = write(tmp_path, "bert")

    assert read_direct_config(folder, {"output_hidden_states": True}).all_layers
    assert not read_direct_config(folder, {}).all_layers
    assert read_direct_config(folder, {"output_attentions": True}) is None


def test_a_key_in_two_spellings_is_left_to_transformers(tmp_path):
    assert read_direct_config(write(tmp_path, "distilbert", hidden_size=32), {}) is None


def test_loader_options_are_not_kept(tmp_path):
    read = read_direct_config(write(tmp_path, "bert", _name_or_path="/home/me", attn_implementation="x"), {})

    assert not {"_name_or_path", "attn_implementation"} & read.data.keys()


ROTARY = [
    ("modernbert", {"global_attn_every_n_layers": 2, "global_rope_theta": 5000.0, "local_rope_theta": 77.0}),
    ("modernbert", {"layer_types": ["sliding_attention", "full_attention"], "local_attention": 16}),
    ("modernbert", {"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 3.0}}}),
    ("modernbert", {"rope_parameters": None, "layer_types": None}),
    ("modernbert", {"attention_bias": True, "norm_bias": True}),
    ("modernbert", {"mlp_bias": True, "norm_eps": 1e-6, "hidden_activation": "silu"}),
    ("nomic_bert", {"rope_theta": 55.0}),
    ("nomic_bert", {"rope_parameters": {"rope_type": "default", "rope_theta": 7.0}, "hidden_act": "gelu"}),
    ("nomic_bert", {"head_dim": 8}),
    ("gte", {"rope_theta": 55, "type_vocab_size": 2}),
    ("gte", {"rope_parameters": None}),
]


@pytest.mark.parametrize(("kind", "changes"), ROTARY)
def test_what_files_of_either_version_leave_out_is_completed(kind, changes, tmp_path):
    from transformers import CONFIG_MAPPING, MODEL_MAPPING

    config = CONFIG_MAPPING[kind].from_dict({**sizes_of(kind), **changes})
    with torch.device("meta"):
        model = MODEL_MAPPING[type(config)](config)

    read = read_direct_config(write(tmp_path, kind, **changes), {})

    assert read.spec == support_for(ConfigReader(config.to_dict(), Path("x"))).spec
    tensors = {name: shape for part in read.parts for name, shape in part.tensors().items()}
    assert tensors == {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("modernbert", {"local_rope_theta": None}),
        ("modernbert", {"layer_types": ["full_attention"]}),
        ("modernbert", {"rope_parameters": ["full_attention"]}),
        ("modernbert", {"global_attn_every_n_layers": 0}),
        ("modernbert", {"attention_bias": "yes"}),
        ("nomic_bert", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}),
        ("nomic_bert", {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1000.0, "factor": 2.0}}),
        ("nomic_bert", {"head_dim": 16}),
        ("gte", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}}),
    ],
)
def test_other_rotations_are_left_to_transformers(kind, changes, tmp_path):
    assert read_direct_config(write(tmp_path, kind, **changes), {}) is None
