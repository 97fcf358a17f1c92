"""Adapters by the documented methods, and the old form of an upload."""

import logging

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.errors import ConfigError, InputError
from likewise.models import BoW

peft = pytest.importorskip("peft", reason="extra peft")

TEXTS = ["a cat sat on the mat", "dog"]


def lora(rank=2):
    return peft.LoraConfig(r=rank, target_modules=["query", "value"], init_lora_weights=False)


@pytest.fixture
def adapted(model):
    torch.manual_seed(0)
    model.add_adapter(lora())
    return model


def test_an_adapter_is_added_active_and_trainable(model):
    before = model.encode(TEXTS)
    assert model.has_peft_compatible_model()
    model.check_peft_compatible_model()
    model.add_adapter(lora(), adapter_name="mine")

    assert model.active_adapters() == ["mine"]
    assert model.active_adapter() == "mine"
    assert np.abs(model.encode(TEXTS) - before).max() > 1e-3
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert trainable
    assert all("lora_" in name for name in trainable)
    assert not model.describe().bodies[0].packed
    with pytest.raises(ConfigError, match="has an adapter 'mine' already"):
        model.add_adapter(lora(), adapter_name="mine")


def test_adapters_are_turned_off_and_on(model, toy_folder):
    plain = SentenceTransformer(toy_folder, device="cpu").encode(TEXTS)
    model.add_adapter(lora())
    adapted = model.encode(TEXTS)

    model.disable_adapters()
    np.testing.assert_allclose(model.encode(TEXTS), plain, atol=1e-5)
    model.enable_adapters()
    np.testing.assert_array_equal(model.encode(TEXTS), adapted)


def test_one_of_several_adapters_is_chosen(adapted):
    first = adapted.encode(TEXTS)
    adapted.add_adapter(lora(3), "other")
    second = adapted.encode(TEXTS)
    assert adapted.active_adapters() == ["other"]

    adapted.set_adapter("default")
    np.testing.assert_array_equal(adapted.encode(TEXTS), first)
    adapted.set_adapter(["default", "other"])
    assert adapted.active_adapters() == ["default", "other"]
    assert np.abs(adapted.encode(TEXTS) - second).max() > 1e-3
    with pytest.raises(ConfigError, match=r"no adapter 'nope'.*\['default', 'other'\]"):
        adapted.set_adapter("nope")


def test_weights_of_an_adapter(adapted):
    adapted.add_adapter(lora(3), "other")

    default = adapted.get_adapter_state_dict("default")

    assert {tensor.shape[0] for name, tensor in default.items() if "lora_A" in name} == {2}
    assert {tensor.shape[0] for name, tensor in adapted.get_adapter_state_dict().items() if "lora_A" in name} == {3}
    zeros = {name: torch.zeros_like(tensor) for name, tensor in adapted.transformers_model.state_dict().items()}
    given = adapted.get_adapter_state_dict("default", zeros)
    assert given.keys() == default.keys()
    assert all(tensor.eq(0).all() for tensor in given.values())


def test_a_deleted_adapter_is_gone(adapted, toy_folder):
    adapted.add_adapter(lora(3), "other")
    adapted.delete_adapter("other")
    with pytest.raises(ConfigError, match="no adapter 'other'"):
        adapted.set_adapter("other")

    adapted.delete_adapter(["default"])
    np.testing.assert_allclose(
        adapted.encode(TEXTS), SentenceTransformer(toy_folder, device="cpu").encode(TEXTS), atol=1e-5
    )
    with pytest.raises(ConfigError, match="has no adapters"):
        adapted.active_adapters()
    with pytest.raises(ConfigError, match="has no adapters"):
        adapted.disable_adapters()


def test_the_active_adapter_is_saved_and_loaded_again(adapted, toy_folder, tmp_path, caplog):
    adapted.add_adapter(lora(3), "other")
    adapted.set_adapter("default")
    adapted.save(tmp_path / "saved")
    assert "only 'default' is saved" in caplog.text

    plain = SentenceTransformer(toy_folder, device="cpu")
    plain.load_adapter(tmp_path / "saved", "loaded", local_files_only=True)

    assert plain.active_adapters() == ["loaded"]
    np.testing.assert_allclose(plain.encode(TEXTS), adapted.encode(TEXTS), atol=1e-6)
    assert not any(parameter.requires_grad for name, parameter in plain.named_parameters() if "lora_" in name)


def test_several_active_adapters_cannot_be_saved_as_one(adapted, tmp_path):
    adapted.add_adapter(lora(3), "other")
    adapted.set_adapter(["default", "other"])

    with pytest.raises(ConfigError, match=r"\['default', 'other'\].*exactly one"):
        adapted.save(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("check_peft_compatible_model", ()),
        ("add_adapter", (lora(),)),
        ("load_adapter", ("somewhere",)),
        ("set_adapter", ("default",)),
        ("enable_adapters", ()),
        ("disable_adapters", ()),
        ("active_adapters", ()),
        ("active_adapter", ()),
        ("get_adapter_state_dict", ()),
        ("delete_adapter", ("default",)),
    ],
)
def test_a_model_without_a_transformer_takes_no_adapters(method, arguments):
    bag = SentenceTransformer(modules=[BoW(["cat"])], device="cpu")

    assert not bag.has_peft_compatible_model()
    with pytest.raises(ValueError, match=r"a model of \['BoW'\] cannot take adapters"):
        getattr(bag, method)(*arguments)


@pytest.fixture
def uploads(model, monkeypatch):
    """The calls that `save_to_hub` makes of `push_to_hub`."""
    made = []
    monkeypatch.setattr(type(model), "push_to_hub", lambda self, **arguments: made.append(arguments) or "address")
    return made


DEPRECATED = (
    "The `save_to_hub` method is deprecated and will be removed in a future version of SentenceTransformers. "
    "Please use `push_to_hub` instead for future model uploads."
)


def test_the_old_upload_warns_and_calls_the_new_one(model, uploads, caplog):
    with caplog.at_level(logging.WARNING), pytest.warns(DeprecationWarning, match="push_to_hub"):
        assert model.save_to_hub("me/model", token="t", exist_ok=True) == "address"

    assert uploads[0]["repo_id"] == "me/model"
    assert uploads[0]["commit_message"] == "Add new SentenceTransformer model."
    assert (uploads[0]["token"], uploads[0]["private"], uploads[0]["exist_ok"]) == ("t", None, True)
    assert [record.message for record in caplog.records] == [DEPRECATED]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        (("model", "me"), {}, {"repo_id": "me/model"}),
        (("me/model", "me"), {}, {"repo_id": "me/model"}),
        (("model", "me", "secret", True), {}, {"repo_id": "me/model", "token": "secret", "private": True}),
        (("model", "me", True), {}, {"repo_id": "me/model", "token": None, "private": True}),
        ((), {"repo_name": "model", "organization": "me"}, {"repo_id": "me/model"}),
    ],
)
def test_older_forms_of_its_arguments(model, uploads, caplog, args, kwargs, expected):
    model.save_to_hub(*args, **kwargs)

    assert {key: uploads[0][key] for key in expected} == expected
    assert 'Please use `repo_id="me/model"` instead.' in caplog.text
    assert ("Providing a `repo_name` keyword argument" in caplog.text) is bool("repo_name" in kwargs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_owners_contradict_each_other(model, uploads):
    with pytest.raises(InputError, match="Providing an `organization` to `save_to_hub` is deprecated"):
        model.save_to_hub("you/model", "me")
    assert not uploads
