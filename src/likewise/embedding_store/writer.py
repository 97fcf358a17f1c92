"""`StoreWriter`: adds whole shards to a store. After a kill at any moment the store holds the shards before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, final

import numpy as np

from likewise.embedding_store.manifest import DTYPES, MANIFEST, Manifest, Shard, shard_name
from likewise.embedding_store.shard_file import check_size, write_shard
from likewise.errors import CheckpointError, InputError, OutputError, ShapeError
from likewise.hub.atomic import write_file_atomic
from likewise.hub.locks import locked

ROWS_PER_SHARD = 32_768
LOCK = ".lock"
_LEFTOVER = re.compile(r"\..*\.likewise-new-[0-9a-f]+")
_SHARD = re.compile(r"shard-\d{5,}\.npy")
_LOCK_WAIT_S = 0.1


@final
class StoreWriter:
    """Adds shards to a store, one at a time. Made by `StoreWriter.open`.

    Args:
        path: The folder.
        manifest: What is in it.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self._manifest = manifest

    @classmethod
    @contextmanager
    def open(
        cls,
        path: str | Path,
        *,
        dtype: str = "float32",
        rows_per_shard: int | None = None,
        origin: Mapping[str, Any] | None = None,
        about: Mapping[str, str] | None = None,
        resume: bool = True,
    ) -> Iterator[Self]:
        """Make a store, or go on with one; nobody else can write to it for the length of a `with` block.

        Args:
            path: The folder; it, and folders above it, need not exist.
            dtype: Type of the numbers: "float32", "float16", "int8" or "uint8".
            rows_per_shard: Rows of a file; None takes those of the store that is there, else 32,768.
            origin: What the numbers depend on, as JSON values; it must be equal in a store that is there.
            about: What is good to know; of a store that is there, it stays as it was.
            resume: Whether to go on with a store that is there.

        Yields:
            The writer. What a kill has left half-done has been removed.

        Raises:
            InputError: If there is a store of another origin, or any while `resume` is False.
            CheckpointError: If a file of the store is missing or cut short.
            OutputError: If the folder holds something else, cannot be written, or another process writes to it.
        """
        if dtype not in DTYPES:
            raise InputError(f"dtype={dtype!r}", accepted=f"one of {list(DTYPES)}")
        if rows_per_shard is not None and rows_per_shard < 1:
            raise InputError(f"rows_per_shard={rows_per_shard}", accepted="at least 1")
        folder = _checked_folder(Path(path), resume=resume)
        wanted = Manifest(
            dtype=dtype, rows_per_shard=rows_per_shard or ROWS_PER_SHARD, origin=origin or {}, about=about or {}
        )
        with ExitStack() as stack:
            _lock(folder, stack)
            _checked_folder(folder, resume=resume)  # again, as another process may have been quicker
            if (folder / MANIFEST).exists():
                manifest = Manifest.read(folder)
                _check_same(folder, manifest, wanted, any_size=rows_per_shard is None)
                for at, shard in enumerate(manifest.shards):
                    check_size(folder / shard_name(at), shard)
            else:
                manifest = wanted
                write_file_atomic(folder / MANIFEST, manifest.to_json())
            _remove_leftovers(folder, len(manifest.shards))
            yield cls(folder, manifest)

    @property
    def rows(self) -> int:
        """Rows that are in the store, durably."""
        return self._manifest.rows

    @property
    def rows_per_shard(self) -> int:
        """Rows of every shard but the last."""
        return self._manifest.rows_per_shard

    @property
    def shards(self) -> Sequence[Shard]:
        """The shards that are in the store."""
        return self._manifest.shards

    @property
    def ends(self) -> bool:
        """Whether nothing can be added: the store is complete, or its last shard is a short one."""
        shards = self._manifest.shards
        return self._manifest.complete or bool(shards and shards[-1].rows < self.rows_per_shard)

    def append(self, rows: np.ndarray, source: str = "") -> None:
        """Add a shard, durably: once this returns, neither a kill nor a power cut loses it.

        Args:
            rows: [N, D] of the store's type, N being `rows_per_shard`; fewer make the shard the last one.
            source: Checksum of what the rows were made from; hexadecimal.

        Raises:
            ShapeError: If the rows do not fit to those before.
            InputError: If they hold NaN or infinity, or the store has its last shard.
            OutputError: If they cannot be written; what was there before is intact.
        """
        self._check(rows)
        number = len(self.shards)
        try:
            shard = write_shard(self.path / shard_name(number), rows, source)
            self._write(replace(self._manifest, dim=rows.shape[1], shards=(*self.shards, shard)))
        except OutputError as error:
            raise OutputError(
                f"{error.received}; the {self.rows:,} rows before are kept",
                accepted=error.accepted,
                fix=error.fix or "make it writable, and encode again to the same folder: it goes on there",
            ) from error

    def finish(self) -> None:
        """Say that all rows are there.

        Raises:
            OutputError: If that cannot be written.
        """
        if not self._manifest.complete:
            self._write(replace(self._manifest, complete=True))

    def _check(self, rows: np.ndarray) -> None:
        manifest = self._manifest
        if self.ends:
            raise InputError(f"{self.path}: more rows for a store that has its last one", fix="use another folder")
        width = manifest.dim or (rows.shape[1] if rows.ndim == 2 else 0)
        most = manifest.rows_per_shard
        if rows.ndim != 2 or rows.shape[1] != width or not (width and 0 < len(rows) <= most):
            raise ShapeError(
                f"rows of shape {list(rows.shape)}",
                accepted=f"[1 to {most:,}, {width or 'at least 1'}] for {self.path}",
            )
        if rows.dtype != np.dtype(manifest.dtype):
            raise InputError(f"rows of {rows.dtype}", accepted=f"{manifest.dtype}, as in {self.path}")
        if rows.dtype.kind == "f":
            finite = np.isfinite(rows).all(axis=1)
            if not finite.all():
                raise InputError(
                    f"row {self.rows + int(np.argmin(finite)):,} holds NaN or infinity", accepted="finite numbers"
                )

    def _write(self, manifest: Manifest) -> None:
        write_file_atomic(self.path / MANIFEST, manifest.to_json())
        self._manifest = manifest


def _checked_folder(folder: Path, *, resume: bool) -> Path:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file", accepted="a folder, or a path where there is nothing")
    if (folder / MANIFEST).exists():
        if not resume:
            raise InputError(
                f"{folder} holds embeddings",
                accepted="a new folder, or resume=True to go on with these",
                fix="resume=True",
            )
    elif folder.exists() and any(not _is_ours(path) for path in folder.iterdir()):
        raise OutputError(f"{folder} holds other files", accepted="an empty folder, or a path where there is nothing")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}") from error
    return folder


def _is_ours(path: Path) -> bool:
    return path.name == LOCK or bool(_LEFTOVER.fullmatch(path.name))


def _lock(folder: Path, stack: ExitStack) -> None:
    lock = folder / LOCK
    try:
        lock.touch()
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror or error}", fix="make it writable, or use another folder"
        ) from error
    try:
        stack.enter_context(locked(lock, wait_s=_LOCK_WAIT_S))
    except OutputError as error:
        raise OutputError(f"another process is writing to {folder}", fix="wait for it, or end it") from error


def _check_same(folder: Path, found: Manifest, wanted: Manifest, *, any_size: bool) -> None:
    pairs = {
        "dtype": (found.dtype, wanted.dtype),
        "rows_per_shard": (found.rows_per_shard, found.rows_per_shard if any_size else wanted.rows_per_shard),
    }
    for key in {**wanted.origin, **found.origin}:
        pairs[key] = found.origin.get(key), wanted.origin.get(key)
    differing = [(key, *pair) for key, pair in pairs.items() if pair[0] != pair[1]]
    if differing:
        before = ", ".join(f"{key}={old!r}" for key, old, _ in differing)
        now = ", ".join(f"{key}={new!r}" for key, _, new in differing)
        raise InputError(
            f"{folder} holds embeddings made with {before}, which {now} does not fit",
            accepted="the same model and settings, to go on",
            fix="use another folder",
        )


def _remove_leftovers(folder: Path, shards: int) -> None:
    """Remove what a killed writer has left; the caller holds the lock, so none of it is in use."""
    kept = {shard_name(at) for at in range(shards)}
    for path in folder.iterdir():
        if _LEFTOVER.fullmatch(path.name) or (_SHARD.fullmatch(path.name) and path.name not in kept):
            try:
                path.unlink()
            except OSError as error:
                raise CheckpointError(f"{path}: left by a killed writer, and cannot be removed: {error}") from error
