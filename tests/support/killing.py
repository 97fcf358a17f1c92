"""Work that is killed: at a moment while it goes on, or before a step of its writing; for programs of `forks`."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Called as `tell(count)` by the work, when so much more of it is done.
Tell = Callable[[int], object]


def run(
    work: Callable[[Tell], object],
    *,
    arm: Callable[[], object] = lambda: None,
    kill: tuple[int, float] | None = None,
) -> bool:
    """Run `work(tell)` in a fork; say whether it was killed.

    Args:
        work: Must end well if it is not killed.
        arm: Called in the fork before.
        kill: How much the work has told when it is killed, and how many seconds after that.
    """
    hear, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            arm()
            work(lambda count: os.write(tell, b"." * count))
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    os.close(tell)
    if kill is not None:
        left, seconds = kill
        while left > 0 and (heard := os.read(hear, left)):
            left -= len(heard)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(hear)
    assert ended in (0, -signal.SIGKILL), ended
    return ended != 0


def die_before(number: int, *names: str) -> None:
    """Let this process be killed before a call, counted from 0, of those functions of `os`."""
    count = 0

    def counted(call: Callable) -> Callable:
        def step(*arguments: object, **options: object) -> object:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return call(*arguments, **options)

        return step

    for name in names:
        setattr(os, name, counted(getattr(os, name)))


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
