"""Rows in the binary form of PostgreSQL's COPY: id, vector or halfvec, jsonb. Knows no connection.

The form of COPY and of int8 and jsonb is that of PostgreSQL's manual; a vector is its dimension (int16), an unused
int16, and its numbers (float32, for halfvec float16), all big-endian.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.index.protocol import Field, Ids

BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
_JSONB_VERSION = 1


def copy_rows(ids: Ids, vectors: NDArray[np.float32], fields: Sequence[Mapping[str, Field]], *, half: bool) -> bytes:
    """Write rows for COPY ... FROM STDIN (FORMAT binary).

    Args:
        ids: Ids, (N,).
        vectors: Vectors, (N, dim).
        fields: Fields of each.
        half: Whether the column is halfvec.

    Returns:
        The bytes between `BEGIN` and `END`.

    Example:
        >>> len(copy_rows(np.array([7]), np.ones((1, 3), np.float32), [{}], half=False))
        41
    """
    count, dim = vectors.shape
    number = ">f2" if half else ">f4"
    texts = [json.dumps(row, ensure_ascii=False).encode() for row in fields]
    layout = [
        ("columns", ">i2"),
        ("id_bytes", ">i4"),
        ("id", ">i8"),
        ("vector_bytes", ">i4"),
        ("dim", ">i2"),
        ("unused", ">i2"),
        ("vector", number, (dim,)),
        ("json_bytes", ">i4"),
        ("json_version", "u1"),
    ]
    rows = np.zeros(count, np.dtype(layout))
    rows["columns"], rows["id_bytes"], rows["id"] = 3, 8, ids
    rows["vector_bytes"], rows["dim"], rows["vector"] = 4 + dim * np.dtype(number).itemsize, dim, vectors
    rows["json_bytes"], rows["json_version"] = [1 + len(text) for text in texts], _JSONB_VERSION
    raw, size = rows.tobytes(), rows.itemsize
    return b"".join(raw[at * size : (at + 1) * size] + text for at, text in enumerate(texts))
