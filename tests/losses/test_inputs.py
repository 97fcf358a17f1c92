"""What a loss is handed, checked."""

from __future__ import annotations

import pytest
import torch

from likewise.errors import InputError, ShapeError
from likewise.losses.inputs import columns_of, labels_of, targets_of
from likewise.losses.roles import Label, Roles

PAIR = Roles(("first", "second"), label=Label.SCORE)


def test_half_precision_is_widened_and_gradients_flow_back():
    column = torch.ones(2, 3, dtype=torch.bfloat16, requires_grad=True)
    widened = columns_of([column, column], PAIR)
    sum(widened).sum().backward()
    assert [each.dtype for each in widened] == [torch.float32] * 2
    assert column.grad.dtype == torch.bfloat16


def test_columns_must_fit_the_roles_and_each_other():
    rows = torch.ones(2, 3)
    with pytest.raises(InputError, match=r"1 columns .*\(first, second\)"):
        columns_of([rows], PAIR)
    with pytest.raises(InputError, match="3 columns"):
        columns_of([rows] * 3, PAIR)
    with pytest.raises(ShapeError, match=r"\[2, 1\] rows"):
        columns_of([rows, rows[:1]], PAIR)


def test_labels_must_be_there_one_for_each_row():
    rows = torch.ones(2, 3)
    with pytest.raises(InputError, match=r"no labels.*such as a similarity.*'label'"):
        targets_of(None, rows, PAIR)
    for wrong in (torch.tensor(1.0), torch.ones(1), torch.ones(3, 2)):
        with pytest.raises(ShapeError, match="for 2 rows"):
            targets_of(wrong, rows, PAIR)
    with pytest.raises(ShapeError, match=r"\(2, 2\)"):
        labels_of(torch.ones(2, 2), rows, PAIR)


def test_labels_may_stand_in_a_column_or_a_list():
    rows = torch.ones(2, 3)
    assert labels_of(torch.tensor([[1], [0]]), rows, PAIR).tolist() == [1, 0]
    assert labels_of([0.5, 1.0], rows, PAIR).tolist() == [0.5, 1.0]
    assert targets_of(torch.ones(2, 4), rows, PAIR).shape == (2, 4)
