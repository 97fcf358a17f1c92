import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.search.arguments import at_least_one, one_of, real_number


def test_any_integer_from_one_is_taken():
    assert [at_least_one(value, "n") for value in (1, np.int32(7), True)] == [1, 7, 1]


def test_what_is_too_small_is_refused():
    with pytest.raises(InputError, match=r"top_k=0\. Accepted: an integer of at least 1\. Fix: leave top_k out"):
        at_least_one(0, "top_k")


@pytest.mark.parametrize("value", [1.0, "1", None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(InputTypeError, match="top_k="):
        at_least_one(value, "top_k")


def test_a_number_may_be_infinite_but_not_nan():
    assert real_number(np.float32(0.5), "threshold") == 0.5
    assert real_number(float("inf"), "threshold") == float("inf")

    with pytest.raises(InputError, match="threshold=nan"):
        real_number(float("nan"), "threshold")
    with pytest.raises(InputTypeError, match="threshold='high'"):
        real_number("high", "threshold")


def test_a_choice_is_one_of_what_is_accepted():
    one_of("a", ("a", "b"), "kind")

    with pytest.raises(InputError, match=r"kind='c'\. Accepted: 'a', 'b'"):
        one_of("c", ("a", "b"), "kind")
