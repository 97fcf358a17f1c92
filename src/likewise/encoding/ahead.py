"""Work done ahead of its use by a thread, at most a few results in advance. Knows nothing of what the work is."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Generator, Sequence
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(work: Callable[[Item], Result], items: Sequence[Item], *, depth: int = 2) -> Generator[Result]:
    """Apply a function to items in a thread, in order, while the caller uses earlier results.

    The thread sees the caller's context variables. It ends before this generator does: when the items are used up,
    when the work raises (the error comes out here, with the traceback of its origin), and when the caller closes the
    generator, after the item it is at.

    Args:
        work: The function.
        items: What it is applied to. A single one is done without a thread.
        depth: Most results that wait for the caller, at least 1.

    Yields:
        The results.

    Example:
        >>> list(ahead(str.upper, ["a", "b"]))
        ['A', 'B']
    """
    if len(items) <= 1:
        yield from map(work, items)
        return
    # An error travels as the exception it is; a queue without bound suffices, as `slots` bounds what is put into it.
    done: SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = SimpleQueue()
    slots = threading.Semaphore(depth)
    stopped = threading.Event()

    def produce() -> None:
        for item in items:
            slots.acquire()
            if stopped.is_set():
                return
            try:
                done.put((work(item), None))
            except BaseException as error:
                done.put((None, error))
                return

    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(produce,), name="likewise-ahead", daemon=True
    )
    thread.start()
    try:
        for _ in items:
            result, error = done.get()
            if error is not None:
                raise error
            slots.release()
            yield result  # type: ignore[misc]  # it is a Result where there is no error
    finally:
        stopped.set()
        slots.release()
        thread.join()
