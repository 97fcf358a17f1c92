"""Adding up values of losses."""

import pytest
import torch

from likewise.errors import InputError
from likewise.losses.weighted_sum import weighted_sum


def test_scalars_keep_their_gradients():
    value = torch.tensor(2.0, requires_grad=True)
    total = weighted_sum([(3.0, value), (0.5, value)])
    total.backward()
    assert total.item() == 7.0
    assert value.grad.item() == 3.5


def test_parts_are_added_by_name():
    total = weighted_sum([(2.0, {"a": torch.tensor(1.0), "b": torch.tensor(1.0)}), (1.0, {"a": torch.tensor(4.0)})])
    assert {name: part.item() for name, part in total.items()} == {"a": 6.0, "b": 2.0}


def test_scalars_and_parts_do_not_mix():
    with pytest.raises(InputError, match="scalars and of named parts"):
        weighted_sum([(1.0, torch.tensor(1.0)), (1.0, {"a": torch.tensor(1.0)})])


def test_nothing_is_an_error():
    with pytest.raises(InputError, match="no losses"):
        weighted_sum([])
