"""The arguments of `CrossEncoder` in all their spellings."""

import pytest
import torch
from torch import nn

from likewise import CrossEncoder
from likewise.errors import ConfigError, InputError, InputTypeError


@pytest.mark.parametrize(
    "spelling",
    [
        {"automodel_args": {"torch_dtype": "bfloat16"}},
        {"model_kwargs": {"dtype": torch.bfloat16}},
    ],
    ids=str,
)
def test_spellings_of_the_model_arguments(ranker_folder, spelling):
    assert CrossEncoder(model_name=str(ranker_folder), device="cpu", **spelling).dtype == torch.bfloat16


@pytest.mark.parametrize("name", ["tokenizer_args", "tokenizer_kwargs", "processor_kwargs"])
def test_spellings_of_the_tokenizer_arguments(ranker_folder, name):
    assert CrossEncoder(ranker_folder, device="cpu", **{name: {"model_max_length": 12}}).max_length == 12


@pytest.mark.parametrize(
    "arguments", [{"classifier_dropout": 0.4}, {"config_args": {"classifier_dropout": 0.4}}], ids=str
)
def test_dropout_of_the_head(ranker_folder, arguments):
    model = CrossEncoder(ranker_folder, device="cpu", **arguments)

    assert model.config.classifier_dropout == 0.4
    assert model[0].how_it_runs().head.dropout == 0.4


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model_name": "x"}, InputError, "both model_name and model_name_or_path"),
        ({"cache_dir": "a", "cache_folder": "b"}, InputError, "both cache_dir and cache_folder"),
        ({"modules": []}, ConfigError, "both model_name and modules"),
        ({"backend": "onnx"}, ConfigError, "backend='onnx'"),
        ({"num_labels": 2}, ConfigError, "gives 1 scores"),
        ({"num_labels": 0}, InputError, "num_labels=0"),
        ({"num_labels": "1"}, InputTypeError, "num_labels='1'"),
        ({"activation_fn": "Sigmoid"}, InputTypeError, "activation_fn='Sigmoid'"),
        ({"device": nn.Sigmoid()}, InputTypeError, "device=Sigmoid"),
    ],
    ids=str,
)
def test_bad_constructor_arguments(ranker_folder, arguments, error, message):
    with pytest.raises(error, match=message):
        CrossEncoder(ranker_folder, **{"device": "cpu", **arguments})


def test_a_model_needs_a_name():
    with pytest.raises(ConfigError, match="neither model_name nor modules"):
        CrossEncoder()
