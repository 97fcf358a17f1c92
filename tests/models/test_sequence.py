"""A chain of modules as a list: parts, insertion, removal, and the arguments that follow the modules."""

import pytest
import torch
from torch import nn

from likewise.errors import ConfigError, InputError
from likewise.models import BoW, Dropout, Normalize
from likewise.models.sequence import ModuleSequence


class Takes(nn.Module):
    """A module of somebody else that takes a keyword argument."""

    def forward(self, features, extra=0):
        features["extra"] = extra
        return features


@pytest.fixture
def chain():
    return ModuleSequence({"words": BoW(["cat"]), "takes": Takes(), "unit": Normalize()}, {"takes": ["extra"]})


def names(chain):
    return [(name, type(module).__name__) for name, module in chain.named_children()]


def run(chain):
    return chain({"sentence_embedding": torch.tensor([[2.0]])}, extra=7)["extra"]


def test_parts_are_plain_chains(chain):
    assert type(chain[1:]) is type(chain[:0]) is nn.Sequential
    assert list(chain[1:]) == list(chain)[1:]
    assert chain[-1] is chain[2]
    with pytest.raises(IndexError):
        chain[3]


def test_arguments_follow_their_module_when_others_come_and_go(chain):
    assert run(chain) == 7
    chain.insert(1, Dropout())
    assert names(chain) == [("0", "BoW"), ("1", "Dropout"), ("2", "Takes"), ("3", "Normalize")]
    assert run(chain) == 7
    del chain[:2]
    assert names(chain) == [("0", "Takes"), ("1", "Normalize")]
    assert run(chain) == 7
    assert chain.get_model_kwargs() == ["extra"]
    assert type(chain.pop(0)) is Takes
    assert chain.get_model_kwargs() == []


def test_appending_keeps_names_where_they_are_free(chain):
    assert chain.append(Dropout()) is chain
    assert names(chain)[-2:] == [("unit", "Normalize"), ("3", "Dropout")]

    taken = ModuleSequence({"1": Normalize()})
    taken.append(Dropout())
    assert names(taken) == [("0", "Normalize"), ("1", "Dropout")]


def test_replacing_a_module(chain):
    chain[2] = Dropout()

    assert names(chain)[2] == ("unit", "Dropout")


@pytest.mark.parametrize(("index", "module"), [(9, Normalize()), (-9, Normalize()), (0, "Normalize")])
def test_what_cannot_be_inserted_is_refused(chain, index, module):
    with pytest.raises(InputError, match="insert"):
        chain.insert(index, module)
    assert len(chain) == 3


def test_deleting_what_is_not_there(chain):
    with pytest.raises(IndexError):
        del chain[5]


def test_a_module_that_stands_twice_is_the_last_one_too():
    unit = Normalize()
    chain = ModuleSequence([unit, Dropout(), unit])

    assert chain._last_module() is unit
    assert chain._first_module() is unit


def test_an_empty_chain_has_no_first_module():
    for member in ("tokenizer", "max_seq_length", "modalities"):
        with pytest.raises(ConfigError, match="no modules"):
            getattr(ModuleSequence(), member)


def test_modalities_are_those_of_the_first_module():
    class Sees(BoW):
        modalities = ("text", "image", ("text", "image"))

    chain = ModuleSequence([Sees(["cat"])])

    assert chain.supports("image")
    assert chain.supports(("image", "text"))
    assert not chain.supports("audio")


def test_compiling_a_chain_without_a_body_says_that_it_does_nothing(caplog):
    ModuleSequence([BoW(["cat"])]).compile()

    assert "it has no transformers model" in caplog.text
