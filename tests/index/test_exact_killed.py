"""SIGKILL while an index on disk is built: whole calls are there, nothing else, and going on gives the same bytes."""

import os
import random
import signal
import sys
import time

import numpy as np
import pytest

from likewise.index.exact import ExactIndex

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

CALLS = 12
MOMENTS = 20
DIM = 6


def steps():
    """What the build does: calls of `add`, of different sizes, and sometimes of `remove`."""
    rng = np.random.default_rng(5)
    there = 0
    for number in range(CALLS):
        if number % 5 == 4:
            yield "remove", np.array([there - 1, number])
        else:
            count = int(rng.integers(1, 40))
            yield "add", rng.standard_normal((count, DIM)).astype(np.float32)
            there += count


def build(folder, done=0, report=None):
    """Make all calls that are not done yet."""
    index = ExactIndex.open(folder, dim=DIM)
    for number, (name, argument) in enumerate(steps()):
        if number >= done:
            getattr(index, name)(argument)
            if report is not None:
                os.write(report, b".")
    index.close()


def calls_there(folder):
    """How many calls an index holds, after a check that it holds nothing but these."""
    index = ExactIndex.open(folder, verify=True)
    counted = index._folder.counted
    expected = ExactIndex(DIM)
    for name, argument in list(steps())[: counted.blocks]:
        getattr(expected, name)(argument)
    every = np.ones((1, DIM), np.float32)
    assert len(index) == len(expected)
    assert index.search(every, top_k=10**6).lists() == expected.search(every, top_k=10**6).lists()
    for file, size in counted.sizes.items():
        assert (folder / file).stat().st_size == size
    index.close()
    return counted.blocks


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The files of an uninterrupted build, and how long it took."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    start = time.perf_counter()
    build(folder)
    return files_of(folder), time.perf_counter() - start


def run_killed(folder, before_child=lambda: None, kill_after=None):
    """Build in another process that is killed; returns how many calls had returned there."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            before_child()
            build(folder, report=writing)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) in ((0, -signal.SIGKILL) if kill_after is not None else (-signal.SIGKILL,))
    with os.fdopen(reading, "rb") as stream:
        return len(stream.read())


def check_and_go_on(folder, returned, whole):
    there = calls_there(folder) if (folder / "index.json").exists() else 0
    assert there in (returned, returned + 1)

    build(folder, done=there)

    assert files_of(folder) == whole


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_some_moment(moment, whole, tmp_path):
    files, seconds = whole
    wait = random.Random(moment).random() * seconds

    returned = run_killed(tmp_path / "index", kill_after=wait)

    check_and_go_on(tmp_path / "index", returned, files)


def kill_before(number):
    """Let the process be killed right before the step of that number, of those that make things durable."""
    left = [number]

    def counted(function):
        def step(*arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return step

    for name in ("fsync", "replace", "truncate"):
        setattr(os, name, counted(getattr(os, name)))


# Making the folder takes 4 steps; the first calls are of `add`, 6 steps each, and the fifth, of `remove`, takes 5.
@pytest.mark.parametrize("step", [*range(11), *range(28, 34)])
def test_killed_between_two_steps(step, whole, tmp_path):
    files, _ = whole

    returned = run_killed(tmp_path / "index", before_child=lambda: kill_before(step))

    assert returned < CALLS
    check_and_go_on(tmp_path / "index", returned, files)
