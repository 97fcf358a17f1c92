"""The exception tree."""

import pickle

import pytest

from likewise import errors
from likewise.errors import InputError, LikewiseError


def all_errors():
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LikewiseError)]


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_an_error_survives_pickling_with_its_parts(kind):
    error = pickle.loads(pickle.dumps(kind("top_k=0", accepted="1 or more", fix="top_k=10")))

    assert type(error) is kind
    assert (error.received, error.accepted, error.fix) == ("top_k=0", "1 or more", "top_k=10")
    assert str(error) == "top_k=0. Accepted: 1 or more. Fix: top_k=10"


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InputError", ValueError),
        ("InputTypeError", TypeError),
        ("ConfigError", ValueError),
        ("CheckpointError", ValueError),
        ("ModelNotFoundError", OSError),
        ("OutputError", OSError),
        ("WorkerError", RuntimeError),
        ("MissingDependencyError", ImportError),
    ],
)
def test_an_error_is_also_the_builtin_that_people_catch(name, builtin):
    assert issubclass(getattr(errors, name), builtin)


def test_every_error_is_drawn_in_the_tree_on_top_of_the_file():
    assert [kind.__name__ for kind in all_errors() if kind.__name__ not in errors.__doc__] == []


def test_parts_that_are_not_given_leave_no_trace():
    assert str(InputError("top_k=0.")) == "top_k=0"
