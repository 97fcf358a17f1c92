import sys
import types

import pytest
import torch

from likewise import device
from likewise.device import batch_to_device, get_device_name


@pytest.fixture
def machine(monkeypatch):
    """A function that gives this machine other devices."""

    def build(*names):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)
        monkeypatch.setattr(device, "_plugin_works", lambda name, plugin: name in names)

    return build


@pytest.mark.parametrize(
    ("names", "best"),
    [
        ((), "cpu"),
        (("hpu",), "hpu"),
        (("npu", "hpu"), "npu"),
        (("mps", "npu"), "mps"),
        (("cuda", "mps", "npu", "hpu"), "cuda"),
    ],
    ids=str,
)
def test_the_first_device_that_is_there_is_taken(machine, names, best):
    machine(*names)

    assert get_device_name() == best


@pytest.mark.parametrize("works", [True, False])
def test_a_plugin_is_imported_and_asked(monkeypatch, works):
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "torch_npu", types.ModuleType("torch_npu"))
    monkeypatch.setattr(torch, "get_device_module", lambda name: types.SimpleNamespace(is_available=lambda: works))

    assert device._plugin_works("npu", "torch_npu") is works


def test_a_plugin_that_is_not_installed_does_not_work():
    assert not device._plugin_works("npu", "no_such_package")


def test_tensors_of_a_batch_are_moved_in_place_and_other_values_stay():
    batch = {"input_ids": torch.ones(2), "texts": ["a"], "count": 3}

    result = batch_to_device(batch, torch.device("meta"))

    assert result is batch
    assert batch["input_ids"].device.type == "meta"
    assert (batch["texts"], batch["count"]) == (["a"], 3)
