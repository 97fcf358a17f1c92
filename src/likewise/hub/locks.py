"""Locks between processes that vanish with their holder. Knows paths, not what is done under the lock."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.errors import OutputError

if sys.platform != "win32":
    import fcntl

WAIT_S = 600.0
_PAUSE_S = 0.02


@contextmanager
def locked(path: Path, *, wait_s: float = WAIT_S) -> Iterator[bool]:
    """Hold the lock of a directory or file, against threads and processes that do the same.

    Args:
        path: An existing directory or file.
        wait_s: Longest wait, in seconds; 0 tries once.

    Yields:
        True; False if another holds the lock and `wait_s` is 0, or if this system or file system has no such locks.

    Raises:
        OutputError: If the lock is not free after `wait_s` > 0.
    """
    if sys.platform == "win32":  # no such locks there: saves to one folder must not overlap
        yield False
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        held = _acquire(descriptor, wait_s)
        if held is False and wait_s > 0:
            raise OutputError(
                f"another process has been writing to {path} for {wait_s:.0f} s", fix="wait for it, or end it"
            )
        try:
            yield held is True
        finally:
            if held:
                # A child forked meanwhile shares the lock: closing our end alone would leave it held.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


if sys.platform != "win32":

    def _acquire(descriptor: int, wait_s: float) -> bool | None:
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(_PAUSE_S)
            except OSError:
                return None  # a file system without locks, as some network mounts are
