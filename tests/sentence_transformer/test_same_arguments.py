"""Methods that pass on the arguments of another."""

import inspect

import pytest

from likewise.sentence_transformer.same_arguments import by_name, same_arguments_as


def original(a, b=1, *, c=2, **kwargs):
    return a, b, c, kwargs


def test_the_signature_is_taken_over_and_the_name_is_not():
    @same_arguments_as(original)
    def other(*args, **kwargs):
        """Its own."""

    assert inspect.signature(other) == inspect.signature(original)
    assert (other.__name__, other.__doc__) == ("other", "Its own.")


def test_positional_arguments_get_their_names():
    assert by_name(original, (3, 4), {"c": 5, "d": 6}) == {"a": 3, "b": 4, "c": 5, "d": 6}
    assert by_name(original, (), {}) == {}


@pytest.mark.parametrize(("args", "kwargs"), [((1, 2, 3), {}), ((1,), {"a": 1})])
def test_wrong_calls_are_type_errors(args, kwargs):
    with pytest.raises(TypeError):
        by_name(original, args, kwargs)
