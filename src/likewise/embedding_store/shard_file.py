"""One shard as an ordinary .npy file: its bytes, its size, its checksum. Knows one file, not the store around it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np

from likewise.embedding_store.manifest import Shard
from likewise.errors import CheckpointError
from likewise.hub.atomic import write_file_atomic

_BLOCK = 2**20
_AGAIN = "take it from a backup, or delete the folder and encode anew"


def write_shard(path: Path, rows: np.ndarray, source: str) -> Shard:
    """Write rows to a file, which is there whole or not at all, and survives a power cut.

    Args:
        path: The file; what is there is replaced.
        rows: [N, D].
        source: Checksum of what the rows were made from.

    Returns:
        What the manifest says of it.

    Raises:
        OutputError: If it cannot be written.
    """
    rows = np.ascontiguousarray(rows)
    header = _header(rows)
    digest = hashlib.sha256(header)
    digest.update(rows.data)

    def write(file: BinaryIO) -> None:
        file.write(header)
        file.write(rows.data)

    write_file_atomic(path, write)
    return Shard(len(rows), len(header) + rows.nbytes, digest.hexdigest(), source)


def check_size(path: Path, shard: Shard) -> None:
    """Compare the size of a file with what the manifest says.

    Args:
        path: The file.
        shard: What the manifest says of it.

    Raises:
        CheckpointError: If the file is not there, or its size is another.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}", fix=_AGAIN) from error
    if size != shard.bytes:
        change = "cut short" if size < shard.bytes else "longer than it was"
        raise CheckpointError(f"{path}: {change}: {size:,} bytes", accepted=f"{shard.bytes:,} bytes", fix=_AGAIN)


def check_content(path: Path, shard: Shard) -> None:
    """Compare a file with the checksum of the manifest; reads all of it.

    Args:
        path: The file.
        shard: What the manifest says of it.

    Raises:
        CheckpointError: If the content is another.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}", fix=_AGAIN) from error
    if digest.hexdigest() != shard.sha256:
        raise CheckpointError(
            f"{path}: has changed since it was written: its SHA-256 is {digest.hexdigest()[:12]}...",
            accepted=f"{shard.sha256[:12]}..., as the manifest says",
            fix=_AGAIN,
        )


def read_rows(path: Path, shard: Shard, first: int, rows: np.ndarray) -> None:
    """Read rows of a file that was checked.

    Args:
        path: The file.
        shard: What the manifest says of it.
        first: The first row that is read.
        rows: [N, D] of the store's type; is filled.

    Raises:
        CheckpointError: If the file ends too early.
    """
    row_bytes = rows.shape[1] * rows.itemsize
    wanted = rows.data.cast("B")
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(shard.bytes - (shard.rows - first) * row_bytes)
            while wanted and (count := file.readinto(wanted)):
                wanted = wanted[count:]
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}", fix=_AGAIN) from error
    if wanted:
        raise CheckpointError(f"{path}: cut short", accepted=f"{shard.bytes:,} bytes", fix=_AGAIN)


def map_shard(path: Path, shard: Shard, dim: int, dtype: np.dtype) -> np.ndarray:
    """Map a file into memory, to read.

    Args:
        path: The file.
        shard: What the manifest says of it.
        dim: Numbers of a row.
        dtype: Their type.

    Returns:
        [N, D], read-only; pages are read when they are used.

    Raises:
        CheckpointError: If it is no .npy file of that shape and type.
    """
    try:
        rows: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}", accepted="a .npy file", fix=_AGAIN) from error
    if rows.shape != (shard.rows, dim) or rows.dtype != dtype:
        raise CheckpointError(
            f"{path}: {rows.dtype} {list(rows.shape)}", accepted=f"{dtype} {[shard.rows, dim]}", fix=_AGAIN
        )
    return rows


def _header(rows: np.ndarray) -> bytes:
    text = io.BytesIO()
    np.lib.format.write_array_header_1_0(text, np.lib.format.header_data_from_array_1_0(rows))
    return text.getvalue()
