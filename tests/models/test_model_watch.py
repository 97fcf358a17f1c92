"""What is known about a model is kept until the model is changed."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

from torch import nn

from likewise.encoder.int8 import Int8Linear, Int8Switch
from likewise.models.model_watch import ModelWatch
from likewise.models.module_tree import ModuleTree


@dataclass
class Looked:
    tree: ModuleTree
    int8: Int8Switch


def look(model: nn.Module, int8: Int8Switch) -> Looked:
    return Looked(ModuleTree(model), int8)


def test_it_looks_once_and_again_when_a_part_was_replaced() -> None:
    watch, model = ModelWatch(look), nn.Sequential(nn.Linear(2, 2))
    first = watch.look(model)
    model[0].weight.data.fill_(1)
    assert watch.look(model) is first
    model[0] = nn.Linear(2, 2)
    assert watch.look(model) is not first


def test_it_looks_again_at_another_model() -> None:
    watch = ModelWatch(look)
    assert watch.look(nn.Linear(2, 2)) is not watch.look(nn.Linear(2, 2))


def test_it_looks_with_its_switch() -> None:
    switch = Int8Switch(Int8Linear({}))
    assert ModelWatch(look, switch).look(nn.Linear(1, 1)).int8 is switch


def test_copies_look_afresh_with_a_switch_of_their_own() -> None:
    watch, model = ModelWatch(look, Int8Switch(Int8Linear({}))), nn.Linear(2, 2)
    seen = watch.look(model)
    for other in (copy.deepcopy(watch), pickle.loads(pickle.dumps(watch))):
        assert other.look(model) is not seen
        assert other.int8 is not watch.int8
        assert other.int8.layers is not None
