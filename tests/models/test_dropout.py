"""Dropout: in training only."""

import pytest
import torch

from likewise.errors import InputError, InputTypeError
from likewise.models import Dropout


def test_it_drops_in_training_and_only_there():
    module, value = Dropout(0.5), torch.ones(1, 1000)

    torch.manual_seed(0)
    assert 0 < int((module({"sentence_embedding": value})["sentence_embedding"] == 0).sum()) < 1000
    assert torch.equal(module.eval()({"sentence_embedding": value})["sentence_embedding"], value)


def test_the_default_is_a_fifth():
    assert Dropout().dropout == 0.2


def test_what_is_no_probability_is_refused():
    with pytest.raises(InputError, match=r"dropout=1.5"):
        Dropout(1.5)
    with pytest.raises(InputError, match="dropout=nan"):
        Dropout(float("nan"))
    with pytest.raises(InputTypeError, match="dropout='a'"):
        Dropout("a")
