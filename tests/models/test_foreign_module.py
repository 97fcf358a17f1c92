"""Both contracts of classes that are not ours: `load(input_path)` and `load(model_name_or_path, subfolder, ...)`."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

from likewise.errors import CheckpointError, ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models import foreign_module
from likewise.models.module import LoadContext, Module

CONTEXT = LoadContext(trust_remote_code=True, token="secret", model_kwargs={"a": 1}, tokenizer_kwargs={"b": 2})


class Old(nn.Module):
    """The contract up to v4."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def save(self, output_path: str) -> None:
        (Path(output_path) / "config.json").write_text(json.dumps({"factor": self.factor}))

    @staticmethod
    def load(input_path: str) -> "Old":
        return Old(**json.loads((Path(input_path) / "config.json").read_text()))


class OldOpen(Old):
    """A `**kwargs` alone does not make the later contract."""

    @classmethod
    def load(cls, input_path: str, tokenizer_kwargs=None, **kwargs):
        module = cls(0.0)
        module.seen = (input_path, tokenizer_kwargs, kwargs)
        return module


class New(nn.Module):
    """The contract from v5 on."""

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", token=None, **kwargs):
        module = cls()
        module.seen = (model_name_or_path, subfolder, token, kwargs)
        return module

    def save(self, output_path: str, *args, safe_serialization: bool = True, **kwargs) -> None:
        (Path(output_path) / f"{safe_serialization}.txt").touch()


class Ours(Module):
    """Keeps our own contract."""

    config_keys: ClassVar = ["size"]

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.zeros(size))

    def forward(self, features, **kwargs):
        return features


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "1_X").mkdir()
    return ModelFolder(tmp_path).sub("1_X")


def test_the_old_contract(folder):
    foreign_module.save(Old(3.0), folder.path, safe_serialization=True)

    loaded = foreign_module.load(Old, folder, CONTEXT)

    assert isinstance(loaded, Old)
    assert loaded.factor == 3.0


def test_the_old_contract_gets_only_arguments_it_names(folder):
    loaded = foreign_module.load(OldOpen, folder, CONTEXT)

    assert loaded.seen == (str(folder.path), {"b": 2}, {})


def test_the_new_contract(folder):
    path, subfolder, token, kwargs = foreign_module.load(New, folder, CONTEXT).seen

    assert (path, subfolder, token) == (str(folder.root), "1_X", "secret")
    assert kwargs["trust_remote_code"] is True
    assert kwargs["model_kwargs"] == {"a": 1}
    assert kwargs["processor_kwargs"] == {"b": 2}


@pytest.mark.parametrize("safe", [True, False])
def test_the_new_contract_chooses_the_serialisation(folder, safe):
    foreign_module.save(New(), folder.path, safe_serialization=safe)

    assert (folder.path / f"{safe}.txt").exists()


def test_a_class_of_our_contract_is_checked_like_ours(folder):
    foreign_module.save(Ours(3), folder.path, safe_serialization=True)

    assert foreign_module.load(Ours, folder, CONTEXT).weight.shape == (3,)
    (folder.path / "config.json").write_text('{"size": 4}')
    with pytest.raises(CheckpointError, match=r"'weight' has shape \(3,\)"):
        foreign_module.load(Ours, folder, CONTEXT)


def test_a_load_that_fails_is_explained(folder):
    with pytest.raises(CheckpointError, match=r"Old\.load failed: FileNotFoundError"):
        foreign_module.load(Old, folder, CONTEXT)


def test_a_class_without_load(folder):
    with pytest.raises(CheckpointError, match="the class Linear has no method `load`"):
        foreign_module.load(nn.Linear, folder, CONTEXT)


def test_a_load_that_makes_no_module(folder):
    class Wrong:
        @staticmethod
        def load(input_path):
            return 3

    with pytest.raises(CheckpointError, match="returned a int"):
        foreign_module.load(Wrong, folder, CONTEXT)


def test_a_module_without_save(tmp_path):
    with pytest.raises(ConfigError, match="Linear has no method `save`"):
        foreign_module.save(nn.Linear(1, 1), tmp_path, safe_serialization=True)
