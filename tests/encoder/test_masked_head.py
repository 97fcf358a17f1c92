"""The table of heads beside the classes of transformers."""

from pathlib import Path

import pytest

from likewise.encoder.masked_head import masked_head_for
from likewise.encoder.supports import support_for, supported_types
from likewise.hub.config_reader import ConfigReader


def reader_of(model_type, **settings):
    import transformers

    sizes = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "pad_token_id": 1}
    config = transformers.CONFIG_MAPPING[model_type](**{**sizes, **settings})
    return config, ConfigReader(config.to_dict(), Path("config.json"))


@pytest.mark.parametrize("model_type", supported_types())
def test_every_architecture_that_runs_packed_has_a_head_of_this_class(model_type):
    import transformers

    config, reader = reader_of(model_type)
    head = masked_head_for(reader, support_for(reader).spec)

    assert head is not None
    model_class = transformers.MODEL_FOR_MASKED_LM_MAPPING[type(config)]
    assert head.model_class == model_class.__name__
    assert head.needed() <= {name for name, _ in model_class(config).named_parameters(remove_duplicate=False)}


@pytest.mark.parametrize("settings", [{"classifier_activation": "mish"}, {"sparse_prediction": True}])
def test_heads_that_have_no_packed_form(settings):
    _, reader = reader_of("modernbert", **settings)

    assert masked_head_for(reader, support_for(reader).spec) is None
