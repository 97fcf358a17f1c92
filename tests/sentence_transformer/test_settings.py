"""`config_sentence_transformers.json`."""

import json

import pytest

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.sentence_transformer.settings import FILE_NAME, ModelSettings


def read(tmp_path, value):
    (tmp_path / FILE_NAME).write_text(json.dumps(value))
    return ModelSettings.read(ModelFolder(tmp_path))


def test_missing_file_means_defaults(tmp_path):
    assert ModelSettings.read(ModelFolder(tmp_path)) == ModelSettings()


def test_round_trip(tmp_path):
    settings = ModelSettings(
        prompts={"query": "q: ", "é": "ü"}, default_prompt_name="query", similarity_fn_name="dot", truncate_dim=64
    )

    settings.write(tmp_path)

    assert ModelSettings.read(ModelFolder(tmp_path)) == settings


def test_version_2_file_without_prompts(tmp_path):
    versions = {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"}

    assert read(tmp_path, {"__version__": versions}) == ModelSettings()


def test_unknown_keys_do_no_harm(tmp_path):
    assert read(tmp_path, {"from_the_future": {"a": [1]}}) == ModelSettings()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"prompts": []}, "'prompts'"),
        ({"prompts": {"q": 3}}, "'prompts'"),
        ({"prompts": {}, "default_prompt_name": "q"}, "'default_prompt_name' is 'q'"),
        ({"similarity_fn_name": "cosin"}, "'similarity_fn_name' is 'cosin'"),
        ({"truncate_dim": 0}, "'truncate_dim' is 0"),
        ({"model_type": 5}, "'model_type' is 5"),
        ([], "top level"),
    ],
    ids=str,
)
def test_wrong_values_name_file_and_key(tmp_path, value, message):
    with pytest.raises(CheckpointError, match=message) as caught:
        read(tmp_path, value)

    assert FILE_NAME in str(caught.value)
