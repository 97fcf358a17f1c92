"""Activations by dotted path: a table, nothing imported without trust."""

import logging
import sys

import pytest
import torch
from torch import nn

from likewise.errors import CheckpointError, UntrustedCodeError
from likewise.models.activations import ACTIVATIONS, activation_of, activation_path


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_spelling_of_every_activation_gives_the_module_back(name):
    built = activation_of(f"torch.nn.{name}")
    path = activation_path(built)

    assert type(built).__name__ == name
    assert path.startswith("torch.nn.modules.")
    assert type(activation_of(path)) is type(built)
    assert built(torch.randn(2, 3)).shape == (2, 3)


def test_the_documented_paths_are_written():
    assert activation_path(nn.Tanh()) == "torch.nn.modules.activation.Tanh"
    assert activation_path(nn.Identity()) == "torch.nn.modules.linear.Identity"


@pytest.mark.parametrize(
    "path", ["", "Tanh", "torch.nn.Linear", "torch.nn.modules.activation.", "os.system", "this.Zen"]
)
def test_a_path_outside_the_table_is_refused_without_import(path):
    with pytest.raises(UntrustedCodeError, match="trust_remote_code=True"):
        activation_of(path, where="2_Dense/config.json: 'activation_function'")
    assert "this" not in sys.modules


@pytest.mark.parametrize("path", ["os.system", "no_such_package.X", "torch.nn.NoSuch", "torch.nn.Linear", "X"])
def test_trusted_paths_must_be_modules_without_arguments(path):
    with pytest.raises(CheckpointError, match="2_Dense"):
        activation_of(path, trust_remote_code=True, where="2_Dense/config.json")


def test_arguments_that_a_path_cannot_hold_are_named(caplog):
    with caplog.at_level(logging.WARNING, logger="likewise"):
        activation_path(nn.LeakyReLU(0.5))

    assert "LeakyReLU(negative_slope=0.5) is saved as torch.nn.modules.activation.LeakyReLU" in caplog.text


def test_an_activation_of_ones_own_is_named(caplog):
    class Doubled(nn.Module):
        pass

    with caplog.at_level(logging.WARNING, logger="likewise"):
        assert activation_path(Doubled()).endswith("Doubled")

    assert "trust_remote_code=True" in caplog.text
