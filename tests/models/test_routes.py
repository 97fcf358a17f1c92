"""Chains by route: what they are named, and what they take."""

from typing import ClassVar

import pytest
from torch import nn

from likewise.errors import ConfigError
from likewise.models.module import Module
from likewise.models.routes import build_routes, taken_kwargs
from likewise.models.sequence import ModuleSequence


class Takes(Module):
    forward_kwargs: ClassVar = {"task", "other"}

    def forward(self, features, **kwargs):
        return features


def test_names_in_the_state_dict():
    routes = build_routes({"a": [nn.Linear(1, 1, bias=False)], "b": []})

    assert list(routes.state_dict()) == ["a.0.weight"]


def test_keyword_arguments_of_all_modules():
    assert taken_kwargs(ModuleSequence([Takes(), nn.Identity()])) == {"task", "other"}


def test_a_name_that_torch_has_taken():
    with pytest.raises(ConfigError, match="the name of the route 'values'"):
        build_routes({"values": []})
