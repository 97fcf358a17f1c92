"""`type` strings to modules and back: ours, unknown ones of ours, and code of the folder."""

import json

import pytest
import torch

from likewise.errors import CheckpointError, UntrustedCodeError
from likewise.hub.folder import ModelFolder
from likewise.models import Dense, Router
from likewise.models.module import LoadContext
from likewise.models.module_loading import load_module, module_type_string, save_module

TRUST = LoadContext(trust_remote_code=True)
CODE = """
open({marker!r}, "w").close()
from likewise.models import Module
class Scale(Module):
    config_keys = ["factor"]
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
    def forward(self, features, **kwargs):
        return {{**features, "sentence_embedding": features["sentence_embedding"] * self.factor}}
"""


@pytest.fixture
def custom(tmp_path):
    """A module folder below a model folder that holds the code."""
    root = tmp_path / "model"
    (root / "1_Scale").mkdir(parents=True)
    (root / "scale.py").write_text(CODE.format(marker=str(tmp_path / "marker")))
    (root / "1_Scale" / "config.json").write_text('{"factor": 3.0}')
    return ModelFolder(root).sub("1_Scale")


@pytest.mark.parametrize(
    "spelling",
    [
        "sentence_transformers.models.Dense",
        "sentence_transformers.base.modules.dense.Dense",
        "pylate.models.Dense.Dense",
        "likewise.models.dense.Dense",
    ],
)
def test_our_own_in_every_spelling(tmp_path, spelling):
    dense = Dense(2, 3)
    save_module(dense, tmp_path)

    loaded = load_module(spelling, ModelFolder(tmp_path), LoadContext())

    assert type(loaded) is Dense
    assert torch.equal(loaded.linear.weight, dense.linear.weight)


@pytest.mark.parametrize("context", [LoadContext(), TRUST])
@pytest.mark.parametrize(
    "name", ["sentence_transformers.models.Nothing", "sentence_transformers.os.system", "likewise.x"]
)
def test_an_unknown_name_of_ours_is_never_imported(tmp_path, context, name):
    (tmp_path / "sentence_transformers.py").write_text("raise SystemExit")

    with pytest.raises(CheckpointError, match="there is no module"):
        load_module(name, ModelFolder(tmp_path), context)


def test_code_does_not_run_without_trust(custom, tmp_path):
    with pytest.raises(UntrustedCodeError, match=r"scale\.Scale"):
        load_module("scale.Scale", custom, LoadContext())

    assert not (tmp_path / "marker").exists()


def test_code_with_trust_loads_saves_and_loads_again(custom, tmp_path):
    module = load_module("scale.Scale", custom, TRUST)
    saved = tmp_path / "saved"
    (saved / "2_Scale").mkdir(parents=True)

    save_module(module, saved / "2_Scale", root=saved)

    assert module_type_string(module) == "scale.Scale"
    assert (saved / "scale.py").read_text() == (custom.root / "scale.py").read_text()
    again = load_module("scale.Scale", ModelFolder(saved).sub("2_Scale"), TRUST)
    assert again({"sentence_embedding": torch.ones(1)})["sentence_embedding"].tolist() == [3.0]


def test_code_is_written_beside_the_weights_where_no_root_is_given(custom, tmp_path):
    target = tmp_path / "alone"
    target.mkdir()

    save_module(load_module("scale.Scale", custom, TRUST), target)

    assert sorted(path.name for path in target.iterdir()) == ["config.json", "scale.py"]


def test_code_within_a_router(custom, tmp_path):
    router = Router({"query": [load_module("scale.Scale", custom, TRUST)]})
    saved = tmp_path / "router"
    saved.mkdir()
    router.save(str(saved))

    assert json.loads((saved / "router_config.json").read_text())["types"] == {"query_0_Scale": "scale.Scale"}
    with pytest.raises(UntrustedCodeError):
        Router.load(str(saved))
    loaded = Router.load(str(saved), trust_remote_code=True)
    assert loaded({"sentence_embedding": torch.ones(1)})["sentence_embedding"].tolist() == [3.0]


def test_a_subclass_of_ours_is_code_of_its_own():
    class Wider(Dense):
        pass

    assert module_type_string(Dense(1, 1)) == "sentence_transformers.models.Dense"
    assert module_type_string(Wider(1, 1)).endswith("Wider")
