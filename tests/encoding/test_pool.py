import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
import torch

from likewise.encoding.encode import encode
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.job import do_job
from likewise.encoding.messages import Job
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pool import WorkerPool, split
from likewise.errors import InputError, InputTypeError, TruncationError, WorkerError

TEXTS = [f"text {at} " + "word " * (at * 7 % 11) for at in range(203)]


@pytest.fixture(autouse=True)
def hard_limit():
    """A pool that hangs fails its test."""

    def stop(signum, frame):
        raise TimeoutError("the test takes too long")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def pipeline(faulty):
    return faulty.FaultyPipeline(HashPipeline(dimension=5, max_length=9))


@pytest.fixture(scope="module")
def pool(pipeline):
    with WorkerPool.start(pipeline, ["cpu", "cpu"]) as started:
        yield started


@pytest.fixture
def usable(pool, pipeline):
    """Checks after the test that the pool still works."""
    yield pool
    np.testing.assert_allclose(pool.encode(TEXTS), encode(pipeline, TEXTS), atol=1e-6)


@pytest.mark.parametrize("chunk_size", [None, 1, 7, 1000])
def test_results_are_those_of_one_process_in_input_order(pool, pipeline, chunk_size):
    options = EncodeOptions(normalize=True, truncate_dim=3, prompt="p ", task="query", forward_kwargs={"scale": 2.0})
    rows = pool.encode(TEXTS, options, chunk_size=chunk_size)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, encode(pipeline, TEXTS, options), atol=1e-6)


@pytest.mark.parametrize("output", ["sentence_embedding", "token_embeddings", None])
def test_repeated_texts_come_back_at_all_their_places(pool, pipeline, output, capsys, caplog):
    texts = [*TEXTS[:20], "word " * 12, *TEXTS[:20], "word " * 12]
    options = EncodeOptions(output=output, show_progress=True)
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        rows, expected = pool.encode(texts, options, chunk_size=3), encode(pipeline, texts, options)
    for row, wanted in zip(rows, expected, strict=True):
        row, wanted = (value["token_embeddings"] if output is None else value for value in (row, wanted))
        np.testing.assert_allclose(row, wanted, atol=1e-6)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert messages[0] == messages[1]
    assert messages[0].startswith("12 of 42 inputs are longer")
    assert ["42.0/42.0" in bar for bar in capsys.readouterr().err.split("\n")] == [True, True, False]


def test_every_form_of_result_comes_back(pool, pipeline):
    tensor = pool.encode(TEXTS, EncodeOptions(result="tensor"))
    assert isinstance(tensor, torch.Tensor)
    rows = pool.encode(TEXTS, EncodeOptions(result="list"))
    np.testing.assert_allclose(torch.stack(rows).numpy(), tensor.numpy())
    for output in ("token_embeddings", None):
        options = EncodeOptions(output=output)
        for row, wanted in zip(pool.encode(TEXTS, options), encode(pipeline, TEXTS, options), strict=True):
            row, wanted = (row, wanted) if output else (row["token_embeddings"], wanted["token_embeddings"])
            assert torch.equal(row, wanted)


def test_single_and_no_inputs_have_the_shapes_of_one_process(pool):
    assert pool.encode("one text").shape == (5,)
    assert pool.encode([]).shape == (0,)
    assert pool.encode([], EncodeOptions(result="list")) == []


def test_cuts_are_counted_over_all_workers_and_told_once(pool, caplog):
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        pool.encode(["w " * 10, "w"] * 50, chunk_size=10)
    assert [record.getMessage() for record in caplog.records] == [
        "50 of 100 inputs are longer than 9 tokens and were cut (0, 2, 4, 6, 8 and 45 more)"
    ]


def test_results_that_are_no_numbers_are_told(pool, caplog):
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        pool.encode(["a", "b"], EncodeOptions(forward_kwargs={"scale": float("nan")}))
    assert "2 of 2 inputs hold NaN or infinity (0, 1)" in caplog.text


def test_cuts_as_an_error_name_positions_of_the_call(usable):
    with pytest.raises(TruncationError, match="input 17 is longer than 9 tokens"):
        usable.encode(["w"] * 17 + ["w " * 10] + ["w"] * 30, EncodeOptions(truncation="error"), chunk_size=5)


def test_progress_counts_inputs_of_all_workers(pool, capsys):
    pool.encode(TEXTS, EncodeOptions(show_progress=True))
    assert "203/203" in capsys.readouterr().err


def test_threads_may_share_a_pool(pool, pipeline):
    def call(at):
        texts = [f"{at} {text}" for text in TEXTS[: 50 + at]]
        options = EncodeOptions(forward_kwargs={"scale": 1.0 + at})
        return pool.encode(texts, options, chunk_size=11) - encode(pipeline, texts, options)

    with ThreadPoolExecutor(8) as threads:
        assert max(np.abs(difference).max() for difference in threads.map(call, range(8))) < 1e-5


def test_bad_input_is_refused_with_its_position(usable):
    with pytest.raises(InputTypeError, match="input 1 is None"):
        usable.encode(["a", None])


@pytest.mark.parametrize(("value", "error"), [(0, InputError), ("8", InputTypeError), (True, InputTypeError)])
def test_chunk_size_is_checked(pool, value, error):
    with pytest.raises(error, match="chunk_size="):
        pool.encode(["a"], chunk_size=value)


def test_an_input_that_does_not_pickle_fails_the_call_with_the_cause(usable, faulty):
    with pytest.raises(InputTypeError, match="cannot be sent to a worker process: this text stays where it is"):
        usable.encode([*TEXTS, faulty.UnsendableText("a")], chunk_size=10)


def test_an_input_that_does_not_unpickle_fails_the_call_with_the_trace(usable, faulty):
    with pytest.raises(WorkerError, match=r"a_module_that_does_not_exist(.|\n)*Traceback"):
        usable.encode([*TEXTS, faulty.UnreceivableText("a")], chunk_size=10)


def test_a_result_that_does_not_pickle_fails_the_call_with_the_cause(usable):
    options = EncodeOptions(output=None, forward_kwargs={"unsendable": True})
    with pytest.raises(WorkerError, match=r"the result cannot be sent back: .*lambda"):
        usable.encode(TEXTS, options)


def test_a_model_that_raises_fails_the_call_with_the_workers_trace(usable):
    with pytest.raises(WorkerError, match=r"RuntimeError: the model broke(.|\n)*in prepare"):
        usable.encode([*TEXTS, "!raise"], chunk_size=10)


@pytest.mark.parametrize(
    ("text", "how"), [("!kill", r"killed by signal 9 \(SIGKILL\)"), ("!exit", "ended with exit code 3")]
)
def test_a_worker_that_dies_fails_the_call_within_seconds_and_is_replaced(usable, text, how):
    begin = time.monotonic()
    with pytest.raises(WorkerError, match=f"worker . on cpu .*{how}"):
        usable.encode([*TEXTS, text], chunk_size=10)
    assert time.monotonic() - begin < 10


def test_a_worker_that_is_killed_from_outside_in_the_middle_of_a_call_is_noticed(usable):
    killer = threading.Timer(0.5, lambda: os.kill(usable["processes"][0].pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(WorkerError, match="worker 0 on cpu was killed"):
        usable.encode(["!wait", "!wait"], chunk_size=1)
    os.kill(usable["processes"][1].pid, signal.SIGKILL)


def test_an_interrupt_ends_the_call_and_leaves_the_pool_usable(pool, pipeline):
    def interrupt(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(KeyboardInterrupt):
            pool.encode(["!wait"])
    finally:
        signal.signal(signal.SIGUSR1, before)
    np.testing.assert_allclose(pool.encode(TEXTS), encode(pipeline, TEXTS), atol=1e-6)


def test_the_documented_keys_are_there(pool):
    assert set(pool) == {"processes", "input", "output"}
    assert [process.is_alive() for process in pool["processes"]] == [True, True]
    assert len(pool["input"]) == len(pool["output"]) == 2
    with pytest.raises(KeyError):
        pool["other"]
    assert pool


def test_a_model_that_cannot_be_read_fails_the_start_with_the_workers_trace(faulty):
    with pytest.raises(WorkerError, match=r"No module named 'a_module_that_does_not_exist'(.|\n)*in import_what"):
        WorkerPool.start(faulty.UnloadablePipeline(), ["cpu"])


@pytest.mark.parametrize("devices", [[], "cpu", ["gpu0"], [None]])
def test_devices_are_checked(devices):
    with pytest.raises(InputError, match="Accepted"):
        WorkerPool.start(HashPipeline(), devices)


def test_a_stopped_pool_is_an_error_with_a_way_out_and_leaves_nothing_running():
    pool = WorkerPool.start(HashPipeline(), ["cpu"])
    pool.stop()
    pool.stop()
    assert [process.is_alive() for process in pool["processes"]] == [False]
    with pytest.raises(WorkerError, match=r"has been stopped.*start_multi_process_pool"):
        pool.encode(["a"])


SCRIPT = """
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.pool import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool.start(HashPipeline(), ["cpu"])
    print(pool["processes"][0].pid, pool.encode(["a", "b"]).shape)
"""
UNGUARDED = SCRIPT.replace('if __name__ == "__main__":', "if True:")


def test_a_program_that_forgets_to_stop_ends_cleanly(tmp_path):
    (tmp_path / "program.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, timeout=100)
    pid, shape = done.stdout.split(" ", 1)
    assert (shape.strip(), done.stderr, done.returncode) == ("(2, 4)", "", 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_program_without_a_main_guard_is_told(tmp_path):
    (tmp_path / "program.py").write_text(UNGUARDED)
    done = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "before it was ready" in done.stderr
    assert "put the code that starts the pool under `if __name__ == '__main__':`" in done.stderr


@pytest.mark.parametrize(("total", "workers", "chunk"), [(0, 2, None), (3, 4, None), (1000, 3, None), (10, 1, 3)])
def test_parts_cover_all_inputs_once_with_like_lengths(total, workers, chunk):
    values = ["x" * (at * 37 % 101) for at in range(total)]
    parts = split(values, workers, chunk)
    assert sorted(at for part in parts for at in part) == list(range(total))
    assert all(len(part) <= (chunk or 5000) for part in parts)
    if total == 1000:
        costs = [sum(len(values[at]) for at in part) for part in parts]
        assert max(costs) < 1.1 * min(costs)


# --- jobs as they come ------------------------------------------------------------------------------------------------


def jobs(sizes, options=None):
    start = 0
    for size in sizes:
        yield Job(TEXTS[start : start + size], np.arange(start, start + size), options or EncodeOptions())
        start += size


def test_jobs_come_back_in_order_and_are_those_of_one_process(usable, pipeline):
    sizes = [1, 30, 2, 50, 1, 1, 60, 3]
    found = list(usable.encode_each(jobs(sizes)))

    assert [len(done.rows) for done in found] == sizes
    for job, done in zip(jobs(sizes), found, strict=True):
        np.testing.assert_array_equal(done.rows, do_job(pipeline, job).rows)
        assert done.truncated == do_job(pipeline, job).truncated


def test_jobs_are_made_as_they_are_needed(usable):
    made = []

    def counted():
        for job in jobs([5] * 40):
            made.append(job)
            yield job

    ahead = []
    for number, _ in enumerate(usable.encode_each(counted())):
        ahead.append(len(made) - number)

    assert len(ahead) == 40
    assert max(ahead) <= 2 * 2 + 2  # two for each worker, the one given, and the next one


def test_no_jobs_give_nothing(usable):
    assert list(usable.encode_each(iter([]))) == []


def test_a_job_that_fails_and_a_consumer_that_stops_leave_the_pool_usable(usable):
    with pytest.raises(OSError, match="the source is gone"):
        list(usable.encode_each(chain(jobs([5, 5, 5]), gone())))
    stopped = usable.encode_each(jobs([5] * 20))
    next(stopped)
    stopped.close()
    with pytest.raises(InputTypeError, match="cannot be sent to a worker"):
        list(usable.encode_each([Job([lambda: None], np.arange(1), EncodeOptions())]))


def gone():
    raise OSError("the source is gone")
    yield
