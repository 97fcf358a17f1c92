"""Looks through a whole data set quickly, to find the pieces of it that must be looked at row by row.

Knows Arrow columns and numbers; does not know what is wrong with a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any

import numpy as np

ROWS_OF_A_STREAM = 1000
_PIECE = 50_000
_FIRST = 1000

Piece = tuple[int, Mapping[str, Sequence[Any]]]


def pieces_to_check(
    dataset: Any, inputs: Sequence[str], label: str | None, numbers_are_fine: Callable[[np.ndarray], bool]
) -> Iterator[Piece]:
    """The pieces of a data set that are not evidently fine, and its first rows.

    A piece is fine if no input is missing, no list of inputs is empty, and the labels are numbers that are fine.

    Args:
        dataset: The data. Of a stream, and of rows that a function makes when they are read, only the first count.
        inputs: Input columns.
        label: The label column, None if it does not count.
        numbers_are_fine: Whether labels, float64 [N] with those of lists one after the other, can be used.

    Yields:
        Number of the first row, and column to values.
    """
    from datasets import Dataset, IterableDataset

    names = [*inputs, *([] if label is None else [label])]
    if not isinstance(dataset, Dataset):
        endless = isinstance(dataset, IterableDataset) or not hasattr(dataset, "__len__")
        rows = list(islice(iter(dataset), ROWS_OF_A_STREAM if endless else None))
        yield 0, {name: [row.get(name) for row in rows] for name in names}
        return
    if dataset.format["type"] == "custom":
        yield 0, _columns([dataset[row] for row in range(min(len(dataset), ROWS_OF_A_STREAM))], names)
        return
    plain = dataset.select_columns(names).with_format(None)
    yield 0, _columns(plain[:_FIRST], names)

    def is_fine(table: Any) -> bool:
        numbers = np.zeros(0) if label is None else _numbers(table.column(label))
        complete = all(_is_complete(table.column(name)) for name in inputs)
        return complete and numbers is not None and numbers_are_fine(numbers)

    # The table behind a shuffled data set is read in its own order, which is many times as fast. It may hold rows that
    # were taken out, so that only what is right with all of it is known.
    table = plain.data.table
    if all(is_fine(table.slice(start, _PIECE)) for start in range(0, len(table), _PIECE)):
        return
    arrow = plain.with_format("arrow")
    for start in range(0, len(plain), _PIECE):
        if not is_fine(arrow[start : start + _PIECE]):
            yield start, _columns(plain[start : start + _PIECE], names)


def _columns(rows: Any, names: Sequence[str]) -> dict[str, Sequence[Any]]:
    if isinstance(rows, Mapping):
        return {name: list(rows[name]) for name in names}
    return {name: [row.get(name) for row in rows] for name in names}


def all_rows(dataset: Any, names: Sequence[str], rows: int) -> Iterator[Piece]:
    """Some columns of a whole data set.

    Args:
        dataset: The data. Of a stream, and of rows that a function makes when they are read, only the first count.
        names: The columns.
        rows: Rows of a piece.

    Yields:
        Number of the first row, and column to values.
    """
    from datasets import Dataset, IterableDataset

    if isinstance(dataset, Dataset) and dataset.format["type"] != "custom":
        plain = dataset.select_columns(list(names)).with_format(None)
        for start in range(0, len(plain), rows):
            yield start, _columns(plain[start : start + rows], names)
        return
    endless = isinstance(dataset, Dataset | IterableDataset) or not hasattr(dataset, "__len__")
    read = islice(iter(dataset), ROWS_OF_A_STREAM if endless else None)
    for start in count(0, rows):
        piece = list(islice(read, rows))
        if not piece:
            return
        yield start, _columns(piece, names)


def _is_complete(column: Any) -> bool:
    """Whether no value of an Arrow column is missing, and no list in it empty."""
    import pyarrow
    from pyarrow import compute

    if column.null_count:
        return False
    known = pyarrow.types
    if not (known.is_list(column.type) or known.is_large_list(column.type)) or not len(column):
        return True
    return compute.min(compute.list_value_length(column)).as_py() > 0 and _is_complete(compute.list_flatten(column))


def _numbers(column: Any) -> np.ndarray | None:
    """The numbers of an Arrow column, lists flattened; None if there is anything else in it."""
    import pyarrow

    values = column.combine_chunks()
    if isinstance(values, pyarrow.ChunkedArray):
        values = pyarrow.concat_arrays(values.chunks)
    while hasattr(values.type, "value_type") and not pyarrow.types.is_dictionary(values.type):
        if values.null_count:
            return None
        values = values.flatten()
    known = pyarrow.types
    if values.null_count or not (
        known.is_integer(values.type) or known.is_floating(values.type) or known.is_boolean(values.type)
    ):
        return None
    found: np.ndarray = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return found
