"""Encoding to disk: a source of any length to shards of a store. Knows the order of steps, not how each is done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal, cast, final

import numpy as np

from likewise.embedding_store.writer import StoreWriter
from likewise.encoding.job import do_job
from likewise.encoding.messages import Done, Job
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.pool import WorkerPool
from likewise.encoding.report import Report, logger
from likewise.encoding.source import Piece, Source
from likewise.errors import InputError
from likewise.quantization.quantize import quantize_embeddings

STORED_AS = {"float32": "float32", "float16": "float16", "binary": "int8", "ubinary": "uint8"}
"""Precision to the type of the stored numbers."""
_MOST_NAMED = 5


def encode_to_store(
    pipeline: Pipeline,
    source: Source,
    writer: StoreWriter,
    options: EncodeOptions,
    *,
    precision: str = "float32",
    pool: Callable[[], WorkerPool] | None = None,
    advance: Callable[[int], object] = lambda count: None,
) -> None:
    """Encode what the store does not have yet, and complete it.

    Each shard is written when all of its rows are there. An error leaves the shards before it in the store.

    Args:
        pipeline: The model.
        source: All inputs, those that the store has included; not read from yet.
        writer: Of the store.
        options: The caller's options.
        precision: A key of `STORED_AS`.
        pool: Gives worker processes once there is something to do; None works in this process.
        advance: Called with the number of rows that were skipped or done since.

    Raises:
        InputError: If an input cannot be used, gives NaN or infinity, or is not the one that the store has a row of.
        OutputError: If the store cannot be written.
    """
    for shard in writer.shards:
        source.skip(shard.rows, shard.source)
        advance(shard.rows)
    if writer.ends:
        source.check_end()
    else:
        told = _Told(options, pipeline.max_length)
        pieces = source.pieces(writer.rows_per_shard)
        shard_rows = _Rows(writer.rows_per_shard)
        with closing(_encoded(pipeline, pieces, options, pool)) as encoded:
            for piece, done in encoded:
                told.take(piece, done)
                shard_rows.add(_stored(done.rows, precision))
                advance(len(piece.values))
                if piece.shard_checksum is not None:
                    writer.append(shard_rows.take(), piece.shard_checksum)
        told.tell(source.position)
    writer.finish()


def _encoded(
    pipeline: Pipeline, pieces: Iterable[Piece], options: EncodeOptions, pool: Callable[[], WorkerPool] | None
) -> Generator[tuple[Piece, Done]]:
    at_work: deque[Piece] = deque()

    def jobs() -> Iterator[Job]:
        for piece in pieces:
            at_work.append(piece)
            yield Job(piece.values, np.arange(piece.start, piece.start + len(piece.values)), options)

    results = (do_job(pipeline, job) for job in jobs()) if pool is None else pool().encode_each(jobs())
    with closing(results):
        for done in results:
            yield at_work.popleft(), done


def _stored(rows: np.ndarray, precision: str) -> np.ndarray:
    if precision in ("binary", "ubinary"):
        packed: np.ndarray = quantize_embeddings(rows, precision=cast("Literal['binary', 'ubinary']", precision))
        return packed
    with np.errstate(over="ignore"):  # what becomes infinite in half precision is refused by the writer
        return rows.astype(STORED_AS[precision], copy=False)


@final
class _Rows:
    """Gathers the rows of a shard in one array.

    Args:
        most: Rows of a full shard.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._array: np.ndarray | None = None

    def add(self, rows: np.ndarray) -> None:
        """Take the next rows."""
        if self._array is None:
            self._array = np.empty((self._most, rows.shape[1]), rows.dtype)
        self._array[self._count : self._count + len(rows)] = rows
        self._count += len(rows)

    def take(self) -> np.ndarray:
        """Give what was gathered, valid until the next `add`."""
        array = cast("np.ndarray", self._array)[: self._count]
        self._count = 0
        return array


@final
@dataclass
class _Told:
    """What there is to tell of all pieces, in bounded memory."""

    options: EncodeOptions
    max_length: int | float | None
    cut: int = 0
    first_cut: list[int] = field(default_factory=list)
    too_wide: int | None = None

    def take(self, piece: Piece, done: Done) -> None:
        """Note what a piece has to tell; raise what is an error."""
        if done.not_finite:
            first = min(done.not_finite)
            raise InputError(
                f"the model gives NaN or infinity for input {first:,}: {_short(piece.values[first - piece.start])}",
                accepted="inputs whose embeddings are finite numbers",
                fix="leave it out, or load the model in float32",
            )
        Report(self.options, self.max_length).add_truncated(done.truncated)
        self.cut += len(done.truncated)
        self.first_cut = sorted([*self.first_cut, *done.truncated])[:_MOST_NAMED]
        self.too_wide = done.too_wide or self.too_wide

    def tell(self, total: int) -> None:
        """Log it, once each."""
        if self.cut and self.options.truncation == "warn":
            shown = ", ".join(map(str, self.first_cut)) + (", ..." if self.cut > _MOST_NAMED else "")
            logger.warning("%d inputs are longer than the model reads and were cut (%s)", self.cut, shown)
        Report(self.options, self.max_length, too_wide=self.too_wide).tell(total)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
