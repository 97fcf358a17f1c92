"""Writing that is whole or not at all: a folder or a file is as it was, or as it shall be, whatever happens.

A new folder is written beside the old one, made durable, and put in its place by renaming. Knows nothing of models but
what `carry_over` says about the user's own files.

What a kill leaves, by moment: while writing or linking, the old folder and a dead sibling; after the exchange, the new
folder and a dead sibling; where the system cannot exchange, between two renames, no folder and two siblings, of which
the next save or load puts the old one back. The next save removes dead siblings, and only those: a living save holds a
lock on its own.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from likewise.errors import LikewiseError, OutputError
from likewise.hub.carry_over import carry_over, rescue
from likewise.hub.exchange import put_in_place, sync, sync_tree
from likewise.hub.locks import locked

logger = logging.getLogger(__name__)


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """Write a folder anew: the old one stays until the block ends without error, then the new one is in its place.

    The user's own files in the old folder are in the new one too; `likewise.hub.carry_over` says which those are.

    Args:
        target: The folder to write. It, and folders above it, need not exist.

    Yields:
        An empty folder beside it, to be filled.

    Raises:
        OutputError: If the folder cannot be written or replaced; the old one is intact then.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "model"
        >>> with replace_folder(target) as folder:
        ...     _ = (folder / "config.json").write_text("{}")
        ...     target.exists()
        False
        >>> [path.name for path in target.iterdir()]
        ['config.json']
    """
    target = _checked_target(Path(target))
    with ExitStack() as stack, _told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.parent):
            _put_back(target)
            _clear_dead(target)
            fresh = _sibling(target, "new")
            fresh.mkdir()
            stack.callback(shutil.rmtree, fresh, ignore_errors=True)
            stack.enter_context(locked(fresh, wait_s=0))
        yield fresh
        _share_as_the_folder(fresh)
        sync_tree(fresh)
        with locked(target.parent):
            _put_back(target)
            _commit(fresh, target)


def _share_as_the_folder(fresh: Path) -> None:
    """Let files be read by whoever may read the folder: safetensors gives its files to their owner alone."""
    mode = fresh.stat().st_mode & 0o666
    for path in fresh.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o777 | mode)


def _commit(fresh: Path, target: Path) -> None:
    if target.exists():
        carry_over(target, fresh)
        shutil.copymode(target, fresh)
        sync(fresh)
    old = put_in_place(fresh, target, _sibling(target, "old"))
    try:
        sync(target.parent)
        if old is not None:
            rescue(old, target)
    except OSError as error:
        kept = target.parent / f"{target.name}.before-{secrets.token_hex(4)}"
        logger.warning("%s is saved, but %s; see %s for what was there before", target, error, kept)
        if old is not None:
            os.rename(old, kept)
    else:
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def recover(target: Path) -> None:
    """Put back a folder that a killed save had to set aside, if there is one. Does nothing to a folder that exists.

    Args:
        target: The folder.
    """
    if os.path.lexists(target) or not _siblings(target, "old"):
        return
    try:
        with locked(target.parent):
            _put_back(target)
    except OSError as error:
        aside = _siblings(target, "old")[0]
        raise OutputError(
            f"a killed save left the model of {target} in {aside}, and putting it back failed: {error.strerror}",
            fix=f"mv {aside} {target}",
        ) from error


def write_file_atomic(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file anew: a reader, and a kill, find the old content or the new.

    Args:
        path: The file. Folders above it are made.
        content: The bytes, or a function that writes them to the open file it is given.

    Raises:
        OutputError: If it cannot be written; the old file is intact then.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "scores.txt"
        >>> write_file_atomic(file, b"0.5")
        >>> file.read_bytes()
        b'0.5'
    """
    path = Path(os.path.realpath(path))
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with locked(path.parent):
                _clear_dead(path)
                fresh = _sibling(path, "new")
                file = fresh.open("xb")
                stack.callback(fresh.unlink, missing_ok=True)
                stack.callback(_close, file)
                stack.enter_context(locked(fresh, wait_s=0))
            _fill(file, content)
            if path.exists():
                shutil.copymode(path, fresh)
            os.replace(fresh, path)
            sync(path.parent)


def _fill(file: BinaryIO, content: bytes | Callable[[BinaryIO], object]) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content(file)
    file.flush()
    os.fsync(file.fileno())


def _close(file: BinaryIO) -> None:
    # What is to be kept has been flushed; after a failure, closing tries again and would hide the first error.
    with suppress(OSError):
        file.close()


def _checked_target(target: Path) -> Path:
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} is a file", accepted="a folder, or a path where there is nothing")
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{target} is not writable", fix="make it writable, or save elsewhere")
    if Path(os.path.realpath(os.curdir)).is_relative_to(target):
        raise OutputError(
            f"{target} is, or holds, the current directory, which cannot be replaced", fix=f"save to {target / 'model'}"
        )
    if os.path.ismount(target):
        raise OutputError(f"{target} is a mount point, which cannot be replaced", fix=f"save to {target / 'model'}")
    return target


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Turn errors of the system into ours, saying that nothing was lost."""
    try:
        yield
    except OutputError as error:
        raise OutputError(_intact(error.received, target), accepted=error.accepted, fix=error.fix) from error
    except LikewiseError:
        raise
    except OSError as error:
        fix = ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fix = "free space on the disk, or save elsewhere"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            fix = f"make {target.parent} writable, or save elsewhere"
        raise OutputError(_intact(f"{target} cannot be written: {error.strerror or error}", target), fix=fix) from error


def _intact(text: str, target: Path) -> str:
    return f"{text.rstrip('.')}; what was in {target.name} before is intact" if target.exists() else text


def _sibling(target: Path, kind: str) -> Path:
    return target.parent / f"{_stem(target)}{kind}-{secrets.token_hex(4)}"


def _siblings(target: Path, kind: str = "") -> list[Path]:
    start = f"{_stem(target)}{kind}"
    try:
        return sorted(path for path in target.parent.iterdir() if path.name.startswith(start))
    except OSError:
        return []


def _stem(target: Path) -> str:
    """Start of the names of siblings: readable, of bounded length, and of this target alone."""
    return f".{target.name[:40]}.{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]}.likewise-"


def _put_back(target: Path) -> None:
    aside = _siblings(target, "old")
    if aside and not os.path.lexists(target):
        os.rename(aside[-1], target)


def _clear_dead(target: Path) -> None:
    for path in _siblings(target):
        with locked(path, wait_s=0) as is_dead:
            if is_dead and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif is_dead:
                path.unlink(missing_ok=True)
