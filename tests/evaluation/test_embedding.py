import numpy as np
import pytest
import torch
from torch import nn

from likewise.errors import InputError
from likewise.evaluation.embedding import check_finite, embed, modes_kept


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.Dropout()
        self.calls = []

    def encode(self, texts, **kwargs):
        self.eval()
        self.calls.append(kwargs)
        return np.ones((len(texts), 2))

    encode_query = encode_document = encode


def test_each_part_is_in_its_mode_as_before():
    model = Module()
    model.part.eval()

    embed(model, ["a"])

    assert (model.training, model.part.training) == (True, False)


def test_modes_come_back_after_an_error_too():
    model = Module()

    def fail():
        model.eval()
        return 1 / 0

    with pytest.raises(ZeroDivisionError), modes_kept(model):
        fail()

    assert model.training


def test_no_width_is_left_to_the_model():
    model = Module()

    embed(model, ["a"], truncate_dim=None)
    embed(model, ["a"], truncate_dim=1)

    assert model.calls == [{}, {"truncate_dim": 1}]
    with pytest.raises(InputError, match="encode_fn_name='passage'"):
        embed(model, ["a"], "passage")


@pytest.mark.parametrize("kind", [np.array, torch.tensor, list])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_row_that_is_not_finite_is_named(kind, value, monkeypatch):
    monkeypatch.setattr("likewise.evaluation.embedding._ROWS_AT_ONCE", 2)
    rows = [[0.0, 1.0]] * 3 + [[0.0, float(value)]] * 2

    with pytest.raises(InputError, match="input 3 holds NaN or infinity"):
        check_finite(kind(rows))


def test_finite_numbers_and_bytes_pass():
    check_finite(np.zeros((0, 4)))
    check_finite(np.array([[255, 0]], np.uint8))
    check_finite(torch.tensor([[1.0]], dtype=torch.bfloat16))
