"""Vectors of which few entries are not zero: picking them, counting them, and torch's sparse tensors of them.

Knows tensors and arrays, no model. Imports torch only when a function is called.

Legend: B rows, V dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.embeddings import is_tensor

if TYPE_CHECKING:
    from scipy.sparse import coo_matrix
    from torch import Tensor


def is_sparse(value: object) -> bool:
    """Whether a value is a tensor in a sparse layout (COO, CSR, ...).

    Args:
        value: Anything.

    Returns:
        Whether it is.

    Example:
        >>> import torch
        >>> is_sparse(torch.eye(2)), is_sparse(torch.eye(2).to_sparse())
        (False, True)
    """
    if not is_tensor(value):
        return False
    import torch

    return value.layout is not torch.strided


def holds_sparse(*sets: object) -> bool:
    """Whether one of several sets of embeddings is a sparse tensor, or a list of such.

    Args:
        *sets: Anything.

    Returns:
        Whether one is.

    Example:
        >>> holds_sparse([1.0], None)
        False
    """
    return any(is_sparse(each[0] if isinstance(each, list | tuple) and each else each) for each in sets)


def select_max_active_dims(embeddings: np.ndarray | Tensor, max_active_dims: int | None) -> np.ndarray | Tensor:
    """Keep the entries of largest magnitude of each row, and set all others to zero.

    Args:
        embeddings: float [B, V] or [V], array or tensor; a sparse tensor stays sparse.
        max_active_dims: How many to keep; None keeps all.

    Returns:
        As given, in a copy unless nothing is cut.

    Raises:
        InputError: If the number is below 1.

    Example:
        >>> import torch
        >>> select_max_active_dims(torch.tensor([[1.0, -3.0, 2.0]]), 2)
        tensor([[ 0., -3.,  2.]])
    """
    if max_active_dims is None:
        return embeddings
    check_max_active_dims(max_active_dims)
    import torch

    if isinstance(embeddings, np.ndarray):
        return np.asarray(select_max_active_dims(torch.from_numpy(embeddings), max_active_dims))
    if is_sparse(embeddings):
        return select_max_active_dims(embeddings.to_dense(), max_active_dims).to_sparse()  # type: ignore[union-attr]
    if max_active_dims >= embeddings.shape[-1]:
        return embeddings
    largest = embeddings.abs().topk(max_active_dims, dim=-1).indices
    return torch.zeros_like(embeddings).scatter(-1, largest, embeddings.gather(-1, largest))


def check_max_active_dims(value: int | None) -> int | None:
    """Check the documented argument.

    Args:
        value: A number, or None.

    Returns:
        The value.

    Raises:
        InputTypeError: If it is no integer.
        InputError: If it is below 1.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputTypeError(f"max_active_dims={value!r}", accepted="an integer of at least 1, or None")
    if value < 1:
        raise InputError(f"max_active_dims={value}", accepted="an integer of at least 1, or None")
    return int(value)


def compute_count_vector(embeddings: Tensor) -> Tensor:
    """Count in how many rows each dimension is not zero.

    Args:
        embeddings: float [B, V], dense or sparse.

    Returns:
        int64 [V].

    Example:
        >>> import torch
        >>> compute_count_vector(torch.tensor([[1.0, 0.0], [2.0, 0.5]]))
        tensor([2, 1])
    """
    import torch

    if not is_sparse(embeddings):
        return (embeddings != 0).sum(0)
    parts = as_coo(embeddings)
    columns = parts.indices()[-1][parts.values() != 0]
    return torch.bincount(columns, minlength=embeddings.shape[-1])


def as_coo(embeddings: Tensor) -> Tensor:
    """Bring a tensor of any layout into coalesced coordinates.

    Args:
        embeddings: [B, V] or [V].

    Returns:
        The same numbers, `torch.sparse_coo`, coalesced.
    """
    import torch

    coo = torch.sparse_coo
    return (embeddings if embeddings.layout is coo else embeddings.to_sparse(layout=coo)).coalesce()


def to_scipy_coo(x: Tensor) -> coo_matrix:
    """Convert to a SciPy matrix.

    Args:
        x: float [B, V], sparse.

    Returns:
        A `scipy.sparse.coo_matrix` of the same shape.

    Raises:
        ShapeError: If it has not two axes.
        MissingDependencyError: If SciPy is not installed.
    """
    from likewise._optional import require

    if x.dim() != 2:
        raise ShapeError(f"embeddings of shape {tuple(x.shape)}", accepted="(rows, dimensions)", fix="x[None]")
    parts = as_coo(x).cpu()
    rows, columns = parts.indices().numpy()
    matrix: Any = require("scipy.sparse", extra="cluster").coo_matrix(
        (parts.values().numpy(), (rows, columns)), x.shape
    )
    return matrix
