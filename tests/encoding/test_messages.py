import pickle

from likewise.encoding.messages import Done, Failed, dump_reply
from likewise.errors import InputError, WorkerError


def failure(error):
    try:
        raise error
    except type(error) as raised:
        return Failed.of(raised)


def test_one_of_our_errors_comes_back_as_itself_with_the_trace_as_its_cause():
    error = pickle.loads(dump_reply(failure(InputError("bad text", fix="a better one")))).as_error("worker 1")
    assert type(error) is InputError
    assert str(error) == "bad text. Fix: a better one"
    assert "in failure" in str(error.__cause__)


def test_any_other_error_becomes_a_worker_error_with_the_trace():
    error = pickle.loads(dump_reply(failure(ZeroDivisionError("no")))).as_error("worker 1 on cpu")
    assert type(error) is WorkerError
    assert "worker 1 on cpu failed: ZeroDivisionError: no" in str(error)
    assert "in failure" in str(error)


def test_a_reply_that_does_not_pickle_becomes_a_failure_that_says_so():
    reply = pickle.loads(dump_reply(Done([lambda: None], [], [], None)))
    assert isinstance(reply, Failed)
    assert "the result cannot be sent back" in reply.summary
