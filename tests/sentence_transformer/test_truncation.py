"""Shorter embeddings within a block."""

import threading

import pytest

from likewise.errors import InputError
from likewise.sentence_transformer.truncation import check_truncate_dim, current_dim, truncated


class Model:
    """Anything that can be told apart."""


def test_block_holds_inside_and_ends():
    model = Model()

    with truncated(model, 3):
        assert current_dim(model, 8) == 3
    assert current_dim(model, 8) == 8


def test_blocks_nest_and_overlap_by_model():
    first, second = Model(), Model()

    with truncated(first, 3), truncated(second, 4), truncated(first, None):
        assert (current_dim(first, 8), current_dim(second, 8)) == (None, 4)


def test_error_inside_ends_the_block():
    model = Model()

    with pytest.raises(RuntimeError), truncated(model, 3):
        raise RuntimeError
    assert current_dim(model, 8) == 8


def test_other_threads_do_not_see_it():
    model, seen = Model(), []

    with truncated(model, 3):
        thread = threading.Thread(target=lambda: seen.append(current_dim(model, 8)))
        thread.start()
        thread.join()

    assert seen == [8]


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", True])
def test_bad_width(value):
    with pytest.raises(InputError, match="truncate_dim="):
        check_truncate_dim(value)
