import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.search.arguments import at_least_one


def test_any_integer_from_one_is_taken():
    assert [at_least_one(value, "n") for value in (1, np.int32(7), True)] == [1, 7, 1]


def test_what_is_too_small_is_refused():
    with pytest.raises(InputError, match=r"top_k=0\. Accepted: an integer of at least 1\. Fix: leave top_k out"):
        at_least_one(0, "top_k")


@pytest.mark.parametrize("value", [1.0, "1", None])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(InputTypeError, match="top_k="):
        at_least_one(value, "top_k")
