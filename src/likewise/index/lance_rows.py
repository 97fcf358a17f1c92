"""Rows of a LanceDB table, and conditions on them. Knows no table.

LanceDB takes conditions as text: what users give goes in as quoted text and as integers, nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise._optional import require
from likewise.index.fields import Filter, label, named
from likewise.index.protocol import Field, Ids

EXTRA = "lancedb"
_ROWS_AT_ONCE = 10_000


def schema(dim: int) -> Any:
    """The columns: id, vector, labels.

    Args:
        dim: Length of a vector.

    Returns:
        A schema of pyarrow.
    """
    arrow = require("pyarrow", extra=EXTRA)
    return arrow.schema(
        [
            arrow.field("id", arrow.int64(), nullable=False),
            arrow.field("vector", arrow.list_(arrow.float32(), dim), nullable=False),
            arrow.field("labels", arrow.list_(arrow.string()), nullable=False),
        ]
    )


def row_reader(ids: Ids, vectors: NDArray[np.float32], fields: Sequence[Mapping[str, Field]]) -> Any:
    """Rows to be added.

    Args:
        ids: Ids, (N,).
        vectors: Vectors, (N, dim).
        fields: Fields of each.

    Returns:
        A reader of pyarrow that gives them a portion at a time.
    """
    arrow = require("pyarrow", extra=EXTRA)
    columns = schema(vectors.shape[1])

    def batches() -> Iterator[Any]:
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            labels = [[text for item in row.items() for text in (named(item[0]), label(*item))] for row in fields[part]]
            flat = arrow.array(vectors[part].ravel())
            rows = arrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
            yield arrow.record_batch([arrow.array(ids[part]), rows, arrow.array(labels, columns[2].type)], columns)

    return arrow.RecordBatchReader.from_batches(columns, batches())


def condition(filters: Filter) -> str | None:
    r"""A filter as text.

    Args:
        filters: The filter.

    Returns:
        The condition, or nothing if there is none.

    Example:
        >>> condition(Filter(None, {"town": ["L'Aquila"]}))
        'array_has_any(labels, [\'{"town": "L\'\'Aquila"}\'])'
    """
    parts = [with_labels(labels) for labels in filters.labels.values()]
    if filters.ids is not None:
        parts.append(with_ids(filters.ids))
    return " AND ".join(parts) or None


def with_labels(labels: Sequence[str]) -> str:
    """The condition for rows with one of some labels.

    Args:
        labels: The labels.

    Returns:
        The condition.
    """
    quoted = ["'" + text.replace("'", "''") + "'" for text in labels]
    return f"array_has_any(labels, [{', '.join(quoted)}])" if quoted else "false"


def with_ids(ids: Ids) -> str:
    """The condition for ids.

    Args:
        ids: The ids.

    Returns:
        The condition.

    Example:
        >>> with_ids(np.array([3, 5]))
        'id IN (3, 5)'
    """
    return f"id IN ({', '.join(map(str, ids.tolist()))})" if len(ids) else "false"
