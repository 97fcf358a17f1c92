"""Embeddings in the precision that was asked for, in bounded memory. Knows the precisions, not files' formats.

int8 and uint8 place their buckets by the range of *all* embeddings of a call, so they are spooled to disk as float32
first, with their texts: the result is that of one call of `encode` on everything.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, Literal, cast

from likewise.cli.embedding import FAST_CHUNK_TEXTS, Chunk, Embedder, Role
from likewise.errors import InputError, OutputError
from likewise.texts.tables import Record

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it

PRECISIONS = ("float32", "int8", "uint8", "binary", "ubinary")
Calibrated = Literal["int8", "uint8"]
CALIBRATED = ("int8", "uint8")


def precise_chunks(embedder: Embedder, records: Iterable[Record], role: Role, precision: str) -> Iterator[Chunk]:
    """Embed any number of texts in a precision.

    Args:
        embedder: What embeds.
        records: The texts.
        role: "query", "document" or None.
        precision: One of `PRECISIONS`.

    Yields:
        The records with their embeddings, in order.

    Raises:
        InputError: If buckets are to be calibrated on a single text.
        OutputError: If there is no room for the spool.
    """
    if precision not in CALIBRATED:
        yield from embedder.chunks(records, role, precision=precision)
        return
    from likewise.quantization import quantize_embeddings

    with tempfile.TemporaryFile() as vectors, tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as texts:
        ranges, count = _spool(embedder.chunks(records, role), vectors, texts)
        if count < 2:
            raise InputError(
                f"--precision {precision} for {count} text: its own values cannot calibrate the buckets",
                accepted="several texts",
                fix="--precision float32",
            )
        for chunk in _unspool(vectors, texts, ranges.shape[1]):
            rows = quantize_embeddings(chunk.embeddings, precision=cast("Calibrated", precision), ranges=ranges)
            yield Chunk(chunk.records, rows)


def _spool(chunks: Iterator[Chunk], vectors: IO[bytes], texts: IO[str]) -> tuple[np.ndarray, int]:
    """Write chunks to the two files; the range [2, D] of all values, and how many rows there are."""
    import numpy as np

    ranges: Any = None
    count = 0
    for chunk in chunks:
        rows = np.asarray(chunk.embeddings, dtype=np.float32)
        ends = np.stack([rows.min(axis=0), rows.max(axis=0)])
        ranges = ends if ranges is None else np.stack([np.minimum(ranges[0], ends[0]), np.maximum(ranges[1], ends[1])])
        count += len(rows)
        try:
            vectors.write(rows.tobytes())
            texts.writelines(f"{json.dumps(record.text)}\n" for record in chunk.records)
        except OSError as error:
            raise OutputError(
                f"{tempfile.gettempdir()}: no room for the embeddings before quantisation: {error.strerror}",
                fix="TMPDIR=/a/larger/place likewise encode ...",
            ) from error
    return ranges, count


def _unspool(vectors: IO[bytes], texts: IO[str], width: int) -> Iterator[Chunk]:
    import numpy as np

    vectors.seek(0)
    texts.seek(0)
    while data := vectors.read(FAST_CHUNK_TEXTS * width * 4):
        rows = np.frombuffer(data, dtype=np.float32).reshape(-1, width)
        yield Chunk([Record(json.loads(next(texts)), 0, "") for _ in rows], rows)
