"""The folder of a collection: names in it, who may write, and what a kill has left. Knows no steps."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from likewise.collection.manifest import MANIFEST, NAME, Manifest
from likewise.errors import OutputError
from likewise.hub.locks import locked

LOCK = ".lock"
_LEFTOVER = re.compile(r"\..*\.likewise-(new|old)-[0-9a-f]+")
_WAIT_S = 0.1


@contextmanager
def writing(path: str | Path, *, make: bool) -> Iterator[Path]:
    """Write to a collection; nobody else can for the length of a `with` block.

    Args:
        path: The folder.
        make: Whether it is made if it is not there.

    Yields:
        The folder.

    Raises:
        CheckpointError: If there is no collection, and none is to be made.
        OutputError: If it holds something else, cannot be written, or another process writes to it.
    """
    folder = Path(path)
    if make:
        _make(folder)
    else:
        Manifest.read(folder)
    lock = folder / LOCK
    try:
        lock.touch()
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror or error}", fix="make it writable, or use another folder"
        ) from error
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(lock, wait_s=_WAIT_S))
        except OutputError as error:
            raise OutputError(f"another process is writing to {folder}", fix="wait for it, or end it") from error
        yield folder


def free_name(folder: Path, kind: str) -> str:
    """A name for a new folder of a collection.

    Args:
        folder: The collection.
        kind: "records", "embeddings" or "index".

    Returns:
        The name; numbers rise.
    """
    numbers = [int(path.name.partition("-")[2]) for path in folder.glob(f"{kind}-*") if NAME.fullmatch(path.name)]
    return f"{kind}-{max(numbers, default=-1) + 1:05d}"


def remove_leftovers(folder: Path, manifest: Manifest) -> None:
    """Remove what does not count: what killed writers left, and what was replaced.

    Args:
        folder: The collection, which the caller alone writes to.
        manifest: What counts.
    """
    used = manifest.names
    for path in sorted(folder.iterdir()):
        if (NAME.fullmatch(path.name) and path.name not in used) or _LEFTOVER.fullmatch(path.name):
            if path.is_dir() and not path.is_symlink():
                # A reader may hold a file of it, where the system cannot remove such files: the next writer will.
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file", accepted="a folder, or a path where there is nothing")
    if folder.exists() and not (folder / MANIFEST).exists():
        others = [path.name for path in folder.iterdir() if path.name != LOCK and not _LEFTOVER.fullmatch(path.name)]
        if others:
            raise OutputError(
                f"{folder} holds something else, such as {min(others)}",
                accepted="an empty folder, or a path where there is nothing",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}") from error
