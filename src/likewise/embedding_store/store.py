"""`EmbeddingStore`: reads embeddings of a folder, in bounded memory, and never a changed byte. Writes nothing."""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.embedding_store.manifest import Manifest, Shard, shard_name
from likewise.embedding_store.shard_file import check_content, check_size, map_shard, read_rows
from likewise.errors import CheckpointError, InputError, InputTypeError


@final
class EmbeddingStore:
    """Embeddings in a folder that `encode_to` wrote: row N belongs to text N.

    Sizes of all files are checked here; the checksum of a file when one of its rows is read for the first time, so
    that opening is quick and no changed number comes out. Threads may share a store.

    Args:
        path: The folder.
        verify: Whether all checksums are compared at once: reads every file.
        partial: Whether a store that is not complete will do; its rows are the first ones.

    Raises:
        CheckpointError: If the folder is no store, is not complete, or a file is missing, cut short or changed.

    Example:
        >>> import tempfile
        >>> from likewise.embedding_store import StoreWriter
        >>> folder = Path(tempfile.mkdtemp()) / "embeddings"
        >>> with StoreWriter.open(folder, rows_per_shard=2) as writer:
        ...     writer.append(np.zeros((2, 4), np.float32))
        ...     writer.append(np.ones((1, 4), np.float32))
        ...     writer.finish()
        >>> store = EmbeddingStore(folder)
        >>> len(store), store.dim, store[2].tolist()
        (3, 4, [1.0, 1.0, 1.0, 1.0])
        >>> [(start, tile.shape) for start, tile in store.tiles(2)]
        [(0, (2, 4)), (2, (1, 4))]
    """

    def __init__(self, path: str | Path, *, verify: bool = False, partial: bool = False) -> None:
        self.path = Path(path)
        self._manifest = Manifest.read(self.path)
        if not (self._manifest.complete or partial):
            raise CheckpointError(
                f"{self.path}: not complete: writing was interrupted, or goes on, after {len(self):,} rows",
                accepted="a complete store, or partial=True for the first rows",
                fix="encode again to the same folder (`likewise encode --out ... --resume`): it goes on where it was",
            )
        self._lock = threading.Lock()
        self._verified: set[int] = set()
        for number, shard in enumerate(self.shards):
            check_size(self._file(number), shard)
        if verify:
            for number in range(len(self.shards)):
                self._verify(number)

    @property
    def dim(self) -> int:
        """Numbers of a row as they are stored: of packed bits, the bytes. 0 if there are no rows."""
        return self._manifest.dim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers as they are stored."""
        return np.dtype(self._manifest.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and numbers of a row."""
        return len(self), self.dim

    @property
    def shards(self) -> Sequence[Shard]:
        """What the manifest says of each file."""
        return self._manifest.shards

    @property
    def is_complete(self) -> bool:
        """Whether all rows are there."""
        return self._manifest.complete

    @property
    def origin(self) -> Mapping[str, Any]:
        """What the numbers depend on: the model's fingerprint and the settings."""
        return self._manifest.origin

    @property
    def about(self) -> Mapping[str, str]:
        """What else is known: the version that wrote the store, and the model that its model comes from."""
        return self._manifest.about

    def __len__(self) -> int:
        return self._manifest.rows

    def __repr__(self) -> str:
        return f"EmbeddingStore({str(self.path)!r}: {len(self):,} x {self.dim} {self.dtype})"

    def tiles(self, rows: int = 8192, start: int = 0) -> Iterator[tuple[int, np.ndarray]]:
        """Read all rows, some at a time.

        Args:
            rows: Rows of every tile but the last, which may have fewer.
            start: The first row that is read.

        Yields:
            Position of the tile's first row, and the tile [rows, D]: an array of its own, as stored.

        Raises:
            InputError: If there are no such rows.
            CheckpointError: If a file has changed.
        """
        if rows < 1:
            raise InputError(f"rows={rows}", accepted="at least 1")
        if not 0 <= start <= len(self):
            raise InputError(f"start={start}", accepted=f"0 to {len(self)}")
        for at in range(start, len(self), rows):
            yield at, self._range(at, min(at + rows, len(self)))

    def __getitem__(self, key: Any) -> np.ndarray:
        """Read rows.

        Args:
            key: A position, a slice, or int [K] positions in any order; negative ones count from the end.

        Returns:
            [D] for a position, else [K, D]: an array of its own.

        Raises:
            InputTypeError: If the key is something else.
            IndexError: If there is no such row.
            CheckpointError: If a file has changed.
        """
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return self._range(start, max(start, stop)) if step == 1 else self._picked(np.arange(start, stop, step))
        if isinstance(key, np.ndarray | list):
            positions = np.asarray(key, dtype=None if len(key) else np.int64)
            if positions.ndim != 1 or positions.dtype.kind not in "iu":
                raise InputTypeError(
                    f"{positions.dtype} positions of shape {positions.shape}", accepted="integers in one dimension"
                )
            return self._picked(positions.astype(np.int64))
        try:
            position = operator.index(key)
        except TypeError as error:
            raise InputTypeError(
                f"a {type(key).__name__} as position", accepted="an integer, a slice or an array of integers"
            ) from error
        row: np.ndarray = self._picked(np.array([position]))[0]
        return row

    def mapped(self, number: int) -> np.ndarray:
        """Map one file into memory, to read without copying.

        Args:
            number: The file, from 0.

        Returns:
            [N, D], read-only.

        Raises:
            CheckpointError: If the file has changed.
        """
        self._verify(number)
        return map_shard(self._file(number), self.shards[number], self.dim, self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Read everything into memory: what `numpy.asarray(store)` does."""
        del copy  # it is always one
        rows = self._range(0, len(self))
        return rows if dtype is None else rows.astype(dtype, copy=False)

    def _verify(self, number: int) -> None:
        with self._lock:
            if number not in self._verified:
                path, shard = self._file(number), self.shards[number]
                check_size(path, shard)
                check_content(path, shard)
                map_shard(path, shard, self.dim, self.dtype)
                self._verified.add(number)

    def _range(self, start: int, stop: int) -> np.ndarray:
        rows = np.empty((stop - start, self.dim), self.dtype)
        size = self._manifest.rows_per_shard
        at = start
        while at < stop:
            number, first = divmod(at, size)
            taken = min(stop - at, size - first)
            self._verify(number)
            # Read, not mapped: pages of a mapped file count as memory of this process for as long as it lasts.
            read_rows(self._file(number), self.shards[number], first, rows[at - start : at - start + taken])
            at += taken
        return rows

    def _picked(self, positions: np.ndarray) -> np.ndarray:
        wrong = (positions < -len(self)) | (positions >= len(self))
        if wrong.any():
            raise IndexError(f"row {positions[wrong][0]} of a store of {len(self):,} rows")
        positions = np.where(positions < 0, positions + len(self), positions)
        rows = np.empty((len(positions), self.dim), self.dtype)
        numbers = positions // self._manifest.rows_per_shard
        for number in np.unique(numbers).tolist():
            here = numbers == number
            rows[here] = self.mapped(number)[positions[here] - number * self._manifest.rows_per_shard]
        return rows

    def _file(self, number: int) -> Path:
        return self.path / shard_name(number)
