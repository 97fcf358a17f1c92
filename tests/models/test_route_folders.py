"""Bounds on what a settings file of routes may ask for."""

import json

import pytest

from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models import Normalize
from likewise.models.module import LoadContext
from likewise.models.route_folders import load_routes, save_routes


def load(root, structure: dict, types: dict):
    reader = ConfigReader({"structure": structure, "types": types}, root / "router_config.json")
    return load_routes(reader, ModelFolder(root), LoadContext())


def test_an_id_in_two_routes_is_one_module(tmp_path):
    routes = load(tmp_path, {"a": ["x"], "b": ["x", "x"]}, {"x": "sentence_transformers.models.Normalize"})

    assert routes["a"][0] is routes["b"][0] is routes["b"][1]


def test_too_many_modules(tmp_path):
    ids = [f"m{at}" for at in range(65)]

    with pytest.raises(CheckpointError, match="at most 64 modules"):
        load(tmp_path, {"a": ids}, dict.fromkeys(ids, "sentence_transformers.models.Normalize"))


def test_too_many_routes(tmp_path):
    with pytest.raises(CheckpointError, match="1 to 64 routes"):
        load(tmp_path, {f"r{at}": [] for at in range(65)}, {})


def test_settings_are_written_as_given(tmp_path):
    shared = Normalize()

    save_routes(
        {"a": [shared], "b": [shared, Normalize()]},
        lambda route, place, number, module: f"{route}-{place}-{number}",
        {"key": 1},
        tmp_path,
        file_name="settings.json",
        safe_serialization=True,
    )

    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["structure"] == {"a": ["a-0-0"], "b": ["a-0-0", "b-1-1"]}
    assert settings["parameters"] == {"key": 1}
