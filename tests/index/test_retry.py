"""Trying again, and what is said when that does not help."""

import logging

import pytest

from likewise.errors import InputError
from likewise.index.retry import Retry, arguments_again, load_interrupted


def failing(times):
    """Something that fails so many times."""

    def work(attempt):
        if attempt < times:
            raise OSError(f"attempt {attempt}")
        return attempt

    return work


def test_waits_double_up_to_a_limit_and_are_drawn_from_their_upper_half(caplog):
    waits, draws = [], iter([0.0, 1.0, 0.5, 0.0, 0.0])
    retry = Retry(6, first_s=1, longest_s=5, sleep=waits.append, draw=lambda: next(draws))

    with caplog.at_level(logging.WARNING):
        assert retry.run(failing(5), lambda error: True) == 5

    assert waits == [0.5, 2.0, 3.0, 2.5, 2.5]
    assert "attempt 0; attempt 2 of 6 in 0.5 s" in caplog.text


def test_the_last_error_is_raised_after_the_last_attempt():
    waits = []
    with pytest.raises(OSError, match="attempt 2"):
        Retry(3, sleep=waits.append).run(failing(9), lambda error: True)
    assert len(waits) == 2
    with pytest.raises(InputError, match="attempts=0"):
        Retry(0)


def test_an_error_that_does_not_pass_is_raised_at_once():
    waits = []
    with pytest.raises(OSError, match="attempt 0"):
        Retry(3, sleep=waits.append).run(failing(9), lambda error: False)
    assert waits == []


def test_the_error_of_a_load_says_how_to_go_on():
    given = arguments_again([1], [{}])
    error = load_interrupted("X", OSError("gone\n away"), done=20, total=50, given=given, unsure=10)
    assert str(error) == (
        "X: OSError: gone away. The first 20 of 50 vectors are in, of the 10 after them any number. Fix: once it is up"
        ": index.remove(ids[20:30]); index.add(embeddings[20:], ids[20:], fields=fields[20:])"
    )
    assert arguments_again(None, None) == "embeddings{}"
