"""Embeddings of a caller as rows that a tile loop can read. Does not know scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from likewise.embedding_store import EmbeddingStore
from likewise.errors import ShapeError
from likewise.ops.embeddings import as_array_or_tensor, is_tensor
from likewise.search.mapped_rows import mapped_rows

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings
    from likewise.search.top_k import Ids


def as_rows(embeddings: Embeddings, name: str) -> Any:
    """Check embeddings and give them two axes.

    Args:
        embeddings: Embeddings, (N, dim), or one vector (dim,), any dtype; shape (0,) is no row. An `EmbeddingStore`
            stays one, and is read a few rows at a time.
        name: The argument's name, for messages.

    Returns:
        An array (a small memory map stays one), `MappedRows` for a large map, which do not pile up in memory, a store,
        or a tensor where the embeddings are on another device than the CPU.

    Raises:
        InputTypeError: If this is not numeric.
        ShapeError: If vectors differ in length, or there are more than two axes.

    Example:
        >>> as_rows([1.0, 2.0], "embeddings").shape
        (1, 2)
    """
    if isinstance(embeddings, EmbeddingStore):
        return embeddings
    rows = as_array_or_tensor(embeddings, name)
    if rows.ndim == 1:
        rows = rows[None, :] if len(rows) else rows.reshape(0, 1)
    if is_tensor(rows) and rows.device.type == "cpu":
        return rows.detach().float().numpy()  # the same, faster
    return mapped_rows(rows)


def some_rows(rows: Any, numbers: Ids) -> Any:
    """Rows by number.

    Args:
        rows: An array or a tensor, (N, dim).
        numbers: Which, (n,).

    Returns:
        A copy of the rows, (n, dim).

    Example:
        >>> import numpy as np
        >>> some_rows(np.eye(2), np.array([1]))
        array([[0., 1.]])
    """
    if is_tensor(rows):
        import torch

        return rows[torch.from_numpy(numbers).to(rows.device)]
    return rows[numbers]


def check_same_dimension(first: Any, second: Any, names: tuple[str, str]) -> None:
    """Refuse two sets of rows that cannot be compared. A set without rows can.

    Args:
        first: Rows, (N, dim).
        second: Rows, (M, dim).
        names: The names of the two arguments, for the message.

    Raises:
        ShapeError: If the dimensions differ.
    """
    ours, theirs = int(first.shape[1]), int(second.shape[1])
    if len(first) and len(second) and ours != theirs:
        raise ShapeError(
            f"{names[0]} have dimension {ours}, {names[1]} have dimension {theirs}",
            accepted="embeddings of the same dimension",
            fix="encode both with the same model and the same truncate_dim",
        )
