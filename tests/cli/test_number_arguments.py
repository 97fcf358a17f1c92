"""Numbers on the command line: what is taken and what is refused."""

import argparse

import pytest

from likewise.cli.number_arguments import at_least_zero, finite


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("-1e3", -1000.0), ("7", 7.0)])
def test_finite_numbers(text, value):
    assert finite(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "half"])
def test_other_numbers_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="finite"):
        finite(text)


def test_integers_from_zero():
    assert at_least_zero("0") == 0
    for text in ("-1", "1.5", "none"):
        with pytest.raises(argparse.ArgumentTypeError, match="at least 0"):
            at_least_zero(text)
