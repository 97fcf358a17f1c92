"""Which pairs a batch asks a cross-encoder to score, and the scores back in rows, one for each query.

Knows columns of inputs and tensors; knows no model and no loss.

Legend: B rows of the batch, N pairs of all rows, K pairs of the longest row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from likewise.errors import InputError, InputTypeError, ShapeError


@final
@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs of a batch.

    Args:
        pairs: N pairs (query, document), row after row.
        counts: How many of them each row has; their sum is N.
    """

    pairs: list[tuple[Any, Any]]
    counts: list[int]


def columns_to_pairs(columns: Sequence[Sequence[Any]]) -> Candidates:
    """Pair the first column with each other column: as many pairs in each row as there are other columns.

    Args:
        columns: Two or more columns of B inputs each.

    Returns:
        The pairs.

    Raises:
        InputError: If there are fewer than two columns, or no rows.
        ShapeError: If the columns differ in length.

    Example:
        >>> columns_to_pairs([["q"], ["a"], ["b"]])
        Candidates(pairs=[('q', 'a'), ('q', 'b')], counts=[2])
    """
    if len(columns) < 2:
        raise InputError(f"{len(columns)} columns of inputs", accepted="a query and at least one document in each row")
    checked_lengths(columns)
    pairs = [(query, document) for query, *documents in zip(*columns, strict=True) for document in documents]
    return Candidates(pairs, [len(columns) - 1] * len(columns[0]))


def lists_to_pairs(columns: Sequence[Sequence[Any]]) -> Candidates:
    """Pair each query with the documents of its list.

    Args:
        columns: B queries, and B lists of documents, which may differ in length.

    Returns:
        The pairs.

    Raises:
        InputError: If there are not two columns, or no rows.
        InputTypeError: If a row has a text where a list of documents is expected.
        ShapeError: If there are more or fewer lists than queries.

    Example:
        >>> lists_to_pairs([["q", "r"], [["a", "b"], ["c"]]])
        Candidates(pairs=[('q', 'a'), ('q', 'b'), ('r', 'c')], counts=[2, 1])
    """
    if len(columns) != 2:
        raise InputError(f"{len(columns)} columns of inputs", accepted="a query, and a list of documents in each row")
    checked_lengths(columns)
    queries, lists = columns
    for row, documents in enumerate(lists):
        if not isinstance(documents, Sequence) or isinstance(documents, str):
            raise InputTypeError(
                f"documents of row {row}: {documents!r:.60}",
                accepted="a list of documents for each query",
                fix=f"[{documents!r:.40}]" if isinstance(documents, str) else "",
            )
    pairs = [(query, document) for query, documents in zip(queries, lists, strict=True) for document in documents]
    return Candidates(pairs, [len(documents) for documents in lists])


def checked_lengths(columns: Sequence[Sequence[Any]]) -> None:
    """Check that columns have one length, at least 1.

    Args:
        columns: The columns.

    Raises:
        InputError: If they have no rows.
        ShapeError: If they differ in length.
    """
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise ShapeError(f"columns of {lengths} rows", accepted="columns of equal length")
    if not lengths[0]:
        raise InputError("a batch without rows", accepted="at least one row")


def padded(values_N: Tensor, counts: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Put values of pairs into rows, with zeros behind the shorter ones.

    Args:
        values_N: A value for each pair.
        counts: Pairs of each row.

    Returns:
        Values [B, K], and where there is one, bool [B, K]. K is at least 1.

    Example:
        >>> padded(torch.tensor([1.0, 2.0, 3.0]), [2, 1])[0]
        tensor([[1., 2.],
                [3., 0.]])
    """
    counts_B = torch.tensor(counts, device=values_N.device)
    longest = max(1, *counts)
    where_BK = torch.arange(longest, device=values_N.device) < counts_B[:, None]
    return values_N.new_zeros(len(counts), longest).masked_scatter(where_BK, values_N), where_BK
