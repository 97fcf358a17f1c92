"""What is known about architectures is what transformers knows."""

import inspect
import json
from pathlib import Path

import pytest
import torch

from likewise.encoder.supports import support_for
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.direct_config import ARCHITECTURES, read_direct_config

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 50}


def sizes_of(kind):
    aliases = ARCHITECTURES[kind].aliases
    return {aliases.get(name, name): value for name, value in SIZES.items()}


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
