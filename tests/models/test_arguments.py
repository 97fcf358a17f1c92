"""Checks of constructor arguments."""

import pytest

from likewise.errors import InputError, InputTypeError
from likewise.models.arguments import checked_choice, checked_integer, one_spelling


def test_one_of_several_spellings():
    assert one_spelling(new=None, old=3) == 3
    assert one_spelling(new=3, old=3) == 3


def test_no_spelling_or_two_values_are_refused():
    with pytest.raises(InputError, match="new or old is missing"):
        one_spelling(new=None, old=None)
    with pytest.raises(InputError, match="new=3, old=4"):
        one_spelling(new=3, old=4)


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(InputTypeError, match="size="):
        checked_integer("size", value)


@pytest.mark.parametrize("value", [0, 11])
def test_what_is_out_of_bounds_is_refused(value):
    with pytest.raises(InputError, match="an integer from 1 to 10"):
        checked_integer("size", value, high=10)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"mode='maen'.*one of 'mean', 'max'.*mode='mean'"):
        checked_choice("mode", "maen", ["mean", "max"])
    with pytest.raises(InputError, match="mode=5"):
        checked_choice("mode", 5, ["mean", "max"])
