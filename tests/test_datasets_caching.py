"""The cache of `datasets`, off within a block."""

import importlib.machinery
import sys
import types

import pytest

from likewise.datasets_caching import disable_datasets_caching


@pytest.fixture
def datasets(monkeypatch):
    """A stand-in for the package that remembers whether its cache is on."""
    fake = types.ModuleType("datasets")
    fake.__spec__ = importlib.machinery.ModuleSpec("datasets", None)
    fake.on = True
    fake.is_caching_enabled = lambda: fake.on
    fake.disable_caching = lambda: setattr(fake, "on", False)
    fake.enable_caching = lambda: setattr(fake, "on", True)
    monkeypatch.setitem(sys.modules, "datasets", fake)
    return fake


@pytest.mark.parametrize("before", [True, False])
def test_the_cache_is_off_within_and_as_before_after(datasets, before):
    datasets.on = before
    with disable_datasets_caching():
        assert not datasets.on
    assert datasets.on is before


def test_an_error_within_turns_it_on_again(datasets):
    with pytest.raises(KeyError), disable_datasets_caching():
        raise KeyError
    assert datasets.on


def test_without_the_package_the_block_just_runs(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with disable_datasets_caching():
        ran = True
    assert ran
