"""LayerNorm against its formula."""

import pytest
import torch

from likewise.errors import InputError
from likewise.models import LayerNorm


def test_it_normalises_scales_and_shifts():
    module = LayerNorm(4)
    torch.nn.init.normal_(module.norm.weight)
    torch.nn.init.normal_(module.norm.bias)
    value = torch.randn(2, 4)

    found = module({"sentence_embedding": value})["sentence_embedding"]

    unit = (value - value.mean(1, keepdim=True)) / (value.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(found, unit * module.norm.weight + module.norm.bias)


def test_it_knows_its_dimension():
    assert LayerNorm(4).get_sentence_embedding_dimension() == LayerNorm(4).get_embedding_dimension() == 4


def test_a_dimension_of_zero_is_refused():
    with pytest.raises(InputError, match="dimension=0"):
        LayerNorm(0)
