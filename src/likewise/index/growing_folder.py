"""Vectors in a folder to which more are added, each time durably: after a kill, whole calls are there and nothing else.

    vectors.bin   rows of vectors, one after the other
    ids.bin       their ids, int64
    removed.bin   numbers of rows that were removed, int64
    blocks.bin    for each call its number of rows and the checksums of what it wrote
    index.json    how much of these files counts, and a checksum of `blocks.bin`

A call writes behind what counts, waits until that is on disk, and then replaces `index.json`. What is behind when the
folder is opened comes from a call that did not finish, and is cut off. Does not know scores.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CheckpointError, OutputError
from likewise.hub.exchange import sync
from likewise.hub.locks import locked
from likewise.index.folder import FRESH_MANIFEST, MANIFEST, IndexFolder, read_index_folder, write_manifest
from likewise.index.protocol import Ids, Metric

KIND = "exact"
DTYPES = ("float32", "float16")
VECTORS, IDS, REMOVED, BLOCKS = "vectors.bin", "ids.bin", "removed.bin", "blocks.bin"
_BLOCK = struct.Struct("<qq16s16s")  # rows added, rows removed, checksum of vectors, of ids or row numbers
_READ_AT_ONCE = 2**22
_WAIT_S = 0.2


@final
@dataclass(frozen=True, slots=True)
class Counted:
    """What is in the folder and counts.

    Args:
        dim: Length of a vector.
        metric: How vectors are compared.
        dtype: Type of their values, "float32" or "float16".
        rows: Rows that were added.
        removed: How many of them were removed.
        first_free: A number above all ids that there ever were.
        blocks: Calls that added or removed.
        chain: Checksum of `blocks.bin`, 32 letters and digits.
    """

    dim: int
    metric: Metric
    dtype: str
    rows: int = 0
    removed: int = 0
    first_free: int = 0
    blocks: int = 0
    chain: str = "0" * 32

    @property
    def sizes(self) -> dict[str, int]:
        """How many bytes of each file count."""
        width = self.dim * np.dtype(self.dtype).itemsize
        return {
            VECTORS: self.rows * width,
            IDS: self.rows * 8,
            REMOVED: self.removed * 8,
            BLOCKS: self.blocks * _BLOCK.size,
        }


@final
class GrowingFolder:
    """A folder that is open for adding; nobody else can open it so until it is closed.

    Args:
        path: The folder, as `create_folder` or an earlier call left it.
        verify: Compare checksums of all that is there.

    Raises:
        CheckpointError: If a file is missing, cut short, changed, or of another version.
        ModelNotFoundError: If there is no index.
        OutputError: If it is open for adding elsewhere.
    """

    def __init__(self, path: Path, *, verify: bool = False) -> None:
        self.path = path
        read_counted(path)
        self._lock = ExitStack()
        try:
            self._lock.enter_context(locked(path / VECTORS, wait_s=_WAIT_S))
        except OutputError as error:
            raise OutputError(
                f"{path} is open for adding elsewhere",
                fix="close that index first; any number may read the folder with ExactIndex.load(path)",
            ) from error
        try:
            self.counted = read_counted(path, verify=verify)
            self._number = _file_number(path)
            self._unsure = False
            with self._told():
                for name, size in self.counted.sizes.items():
                    if (path / name).stat().st_size > size:
                        os.truncate(path / name, size)
                (path / FRESH_MANIFEST).unlink(missing_ok=True)
        except BaseException:
            self.close()
            raise

    def append(self, vectors: NDArray[Any], ids: Ids, first_free: int) -> None:
        """Add rows: all of them or, after an error or a kill, none.

        Args:
            vectors: (N, dim), at least one.
            ids: (N,).
            first_free: A number above all ids that there ever were.

        Raises:
            OutputError: If they cannot be written.
        """
        counted = self.counted
        stored = _bytes(vectors, counted.dtype), _bytes(ids, "int64")
        with self._told():
            self._check_ours()
            self._write(VECTORS, stored[0])
            self._write(IDS, stored[1])
            block = _BLOCK.pack(len(ids), 0, _digest(stored[0]), _digest(stored[1]))
            self._commit(block, replace(counted, rows=counted.rows + len(ids), first_free=first_free))

    def remove(self, rows: Ids) -> None:
        """Note that rows are removed: all of them or, after an error or a kill, none.

        Args:
            rows: Numbers of rows that are there, at least one.

        Raises:
            OutputError: If that cannot be written.
        """
        counted = self.counted
        stored = _bytes(rows, "int64")
        with self._told():
            self._check_ours()
            self._write(REMOVED, stored)
            block = _BLOCK.pack(0, len(rows), bytes(16), _digest(stored))
            self._commit(block, replace(counted, removed=counted.removed + len(rows)))

    def close(self) -> None:
        """Let others open the folder for adding."""
        self._lock.close()

    def _write(self, name: str, content: memoryview | bytes) -> None:
        with (self.path / name).open("r+b") as stream:
            stream.truncate(self.counted.sizes[name])
            stream.seek(0, os.SEEK_END)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def _commit(self, block: bytes, counted: Counted) -> None:
        self._write(BLOCKS, block)
        self._unsure = True  # until we know which manifest is there
        counted = replace(counted, blocks=counted.blocks + 1, chain=_linked(counted.chain, block))
        _write_counted(self.path, counted)
        self.counted, self._unsure = counted, False

    def _check_ours(self) -> None:
        """Refuse to write behind the back of somebody else, or of ourselves."""
        if self._unsure:
            raise OutputError(f"an earlier write to {self.path} failed at its end", fix="open the folder again")
        if _file_number(self.path) != self._number:
            raise OutputError(f"{self.path} was replaced while it was open", fix="open the folder again")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be written: {error.strerror or error}; what was added before is there"
            ) from error


def create_folder(path: Path, counted: Counted) -> None:
    """Make a folder without vectors.

    Args:
        path: The folder; nothing of an index may be in it.
        counted: What vectors there will be, and `first_free`.

    Raises:
        OutputError: If it cannot be written, or files of these names are there.
    """
    for name in counted.sizes:
        if (path / name).exists() and (path / name).stat().st_size:
            raise OutputError(
                f"{path / name} is there, but {MANIFEST} is not: this is no index of ours",
                accepted="an empty folder, or one that an index wrote",
                fix="choose another folder",
            )
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in counted.sizes:
            (path / name).touch()
        sync(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    _write_counted(path, counted)


def read_counted(path: Path, *, verify: bool = False) -> Counted:
    """Read what is in a folder, and check its files.

    Args:
        path: The folder.
        verify: Compare checksums of all that counts; sizes are always compared.

    Returns:
        What counts.

    Raises:
        CheckpointError: If a file is missing, cut short, changed, or of another version or kind.
        ModelNotFoundError: If there is no index.
    """
    found = read_index_folder(path, verify=False)
    if found.kind != KIND:
        raise CheckpointError(f"{path} holds an index of kind {found.kind!r}", accepted=KIND, fix="load_index(path)")
    counted = _as_counted(found)
    for name, size in counted.sizes.items():
        if not (path / name).is_file() or (path / name).stat().st_size < size:
            raise CheckpointError(f"{path / name} is cut short: {size} bytes were written", fix="build the index again")
    _check_blocks(path, counted, verify=verify)
    return counted


def _file_number(path: Path) -> tuple[int, int]:
    there = (path / VECTORS).stat()
    return there.st_dev, there.st_ino


def _write_counted(path: Path, counted: Counted) -> None:
    files = {name: {"bytes": size, "grows": True} for name, size in counted.sizes.items()}
    write_manifest(path, KIND, asdict(counted), files)


def _as_counted(found: IndexFolder) -> Counted:
    facts = dict(found.facts)
    numbers = [facts.get(name) for name in ("dim", "rows", "removed", "first_free", "blocks")]
    texts = [facts.get(name) for name in ("metric", "dtype", "chain")]
    if (
        set(facts) != set(Counted.__dataclass_fields__)
        or not all(isinstance(number, int) and number >= 0 for number in numbers)
        or not all(isinstance(text, str) for text in texts)
        or facts["dim"] < 1
        or facts["metric"] not in get_args(Metric)
        or facts["dtype"] not in DTYPES
    ):
        raise CheckpointError(f"{found.path / MANIFEST}: facts are missing or wrong", fix="build the index again")
    return Counted(**facts)


def _check_blocks(path: Path, counted: Counted, *, verify: bool) -> None:
    chain, added, removed = "0" * 32, 0, 0
    with ExitStack() as stack:
        blocks, vectors, ids, gone = (
            stack.enter_context((path / name).open("rb")) for name in (BLOCKS, VECTORS, IDS, REMOVED)
        )
        width = counted.dim * np.dtype(counted.dtype).itemsize
        for _ in range(counted.blocks):
            block = blocks.read(_BLOCK.size)
            chain = _linked(chain, block)
            rows, dropped, of_vectors, of_numbers = _BLOCK.unpack(block)
            added, removed = added + rows, removed + dropped
            if not verify:
                continue
            if rows and _digest_of(vectors, rows * width) != of_vectors:
                raise _changed(path / VECTORS)
            if _digest_of(ids if rows else gone, 8 * (rows or dropped)) != of_numbers:
                raise _changed(path / (IDS if rows else REMOVED))
    if (chain, added, removed) != (counted.chain, counted.rows, counted.removed):
        raise _changed(path / BLOCKS)


def _changed(file: Path) -> CheckpointError:
    return CheckpointError(
        f"{file} is not what was written: its checksum differs", fix="build the index again, or copy the folder again"
    )


def _linked(chain: str, block: bytes) -> str:
    return _digest(bytes.fromhex(chain) + block).hex()


def _digest(content: memoryview | bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _digest_of(stream: BinaryIO, size: int) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    while size > 0 and (part := stream.read(min(size, _READ_AT_ONCE))):
        digest.update(part)
        size -= len(part)
    return digest.digest()


def _bytes(values: NDArray[Any], dtype: str) -> memoryview:
    stored = np.ascontiguousarray(values, np.dtype(dtype).newbyteorder("<"))
    return stored.reshape(-1).view(np.uint8).data
