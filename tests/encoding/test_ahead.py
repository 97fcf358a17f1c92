import contextvars
import threading
import time
import traceback

import pytest

from likewise.encoding.ahead import ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "likewise-ahead"]


def wait_until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)
    return condition()


def test_results_come_in_order_and_no_thread_is_left():
    assert list(ahead(lambda item: item * 2, range(50))) == [item * 2 for item in range(50)]
    assert not threads()


def test_a_single_item_needs_no_thread():
    assert list(ahead(lambda item: threading.current_thread(), [1])) == [threading.current_thread()]


def test_work_runs_ahead_but_only_so_far():
    begun = []
    results = ahead(begun.append, range(10), depth=2)
    next(results)
    assert wait_until(lambda: len(begun) == 3)
    time.sleep(0.02)
    assert len(begun) == 3, "one was used, two wait"
    results.close()


def test_an_error_comes_out_where_its_result_would_with_the_traceback_of_its_origin():
    def fails_on_two(item):
        if item == 2:
            raise ValueError("two is too many")
        return item

    results = ahead(fails_on_two, range(5))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two is too many") as caught:
        next(results)
    assert "fails_on_two" in "".join(traceback.format_exception(caught.value))
    assert not threads()


def test_a_consumer_that_stops_ends_the_thread():
    results = ahead(lambda item: item, range(1000))
    next(results)
    results.close()
    assert not threads()


def test_a_consumer_that_fails_ends_the_thread():
    def consume():
        for _ in ahead(lambda item: item, range(1000)):
            raise KeyError("consumer")

    with pytest.raises(KeyError, match="consumer"):
        consume()
    assert wait_until(lambda: not threads())


def test_the_thread_sees_the_context_of_the_caller():
    setting = contextvars.ContextVar("setting", default="default")
    setting.set("of the caller")
    assert list(ahead(lambda item: setting.get(), range(2))) == ["of the caller"] * 2
