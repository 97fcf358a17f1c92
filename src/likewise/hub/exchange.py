"""Putting one directory in the place of another. Knows renames, not what the directories hold."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV}


def put_in_place(new: Path, target: Path, aside: Path) -> Path | None:
    """Put a directory where another may be, in one step where the system can.

    Where it cannot, the old directory is first renamed to `aside`: a kill between the two renames leaves it there, for
    `put_back`.

    Args:
        new: The directory to be put in place, a sibling of `target`.
        target: Where it shall be.
        aside: A free sibling name.

    Returns:
        Where the old directory is now, or None if there was none.

    Raises:
        OSError: If the directory cannot be renamed; nothing has changed then.
    """
    if not target.exists():
        os.rename(new, target)
        return None
    if exchange(new, target):
        return new
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(aside, target)
        raise
    return aside


def exchange(one: Path, other: Path) -> bool:
    """Exchange two directories of one file system in a single step.

    Args:
        one: The first.
        other: The second.

    Returns:
        Whether it was done; False if this system or file system has no such operation.

    Raises:
        OSError: If it was refused for another reason, such as missing rights.
    """
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


@cache
def _renameat2() -> Any:
    """The system call, or None where there is none (not Linux, or an old C library)."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return function


def sync_tree(folder: Path) -> None:
    """Make everything in a directory outlast a loss of power.

    Args:
        folder: The directory. Links in it are not followed.

    Raises:
        OSError: If a file cannot be written out.
    """
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            file = Path(path) / name
            if file.is_file() and not file.is_symlink():
                sync(file)
        sync(Path(path))


def sync(path: Path) -> None:
    """Make one file, or the entries of one directory, outlast a loss of power.

    Args:
        path: A file or directory.

    Raises:
        OSError: If it cannot be written out.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no directories
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)
