"""The names of the features that a module reads and writes."""

from pathlib import Path

import pytest
import torch

from likewise.errors import CheckpointError, InputError
from likewise.hub.config_reader import ConfigReader
from likewise.models.feature_names import read_names, to_layout


def test_names_are_read():
    config = ConfigReader({"module_input_name": "a", "module_output_name": "b"}, Path("config.json"))

    assert read_names(config) == {"module_input_name": "a", "module_output_name": "b"}


def test_names_that_are_no_text_are_refused():
    with pytest.raises(CheckpointError, match="module_output_name"):
        read_names(ConfigReader({"module_output_name": 3}, Path("config.json")))


def test_packed_tokens_are_padded_only_where_their_new_name_is_unknown():
    packed = {"token_embeddings": torch.ones(3, 2), "cu_seqlens": torch.tensor([0, 1, 3])}

    assert "cu_seqlens" in to_layout(packed, "token_embeddings", "token_embeddings")
    assert "cu_seqlens" not in to_layout(packed, "token_embeddings", "other")


def test_a_missing_feature_is_named():
    with pytest.raises(InputError, match=r"'a' is missing; there are \['b'\]"):
        to_layout({"b": 1}, "a", "a")
