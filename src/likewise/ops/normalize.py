"""Embeddings at unit length, and shorter embeddings.

Knows arrays, lists and tensors; arrays stay arrays and do not import torch. Does not know models or scores.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.ops.embeddings import Array, as_array_or_tensor, is_tensor

if TYPE_CHECKING:
    from torch import Tensor

Vectors = TypeVar("Vectors", Array, "Tensor")


def normalize_embeddings(embeddings: Vectors) -> Vectors:
    r"""Scale each row to unit length: $y_i = x_i / \lVert x_i \rVert_2$; zero rows stay zero.

    With rows of unit length `dot_score` gives the same scores as `cos_sim`, faster.

    Args:
        embeddings: Embeddings, (rows, dim), or one vector (dim,); an array, tensor or list. Computed in float32 at
            least.

    Returns:
        The same shape and kind: a tensor for a tensor, else an array. The dtype stays, integers become float32.

    Raises:
        InputTypeError: If this is not numeric.
        ShapeError: If vectors differ in length, or there are more than two axes.

    Example:
        >>> normalize_embeddings([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    checked: Any = as_array_or_tensor(embeddings, "embeddings")
    if 0 not in checked.shape:
        checked = _unit_tensor(checked) if is_tensor(checked) else _unit_array(checked)
    return cast("Vectors", checked)


def truncate_embeddings(embeddings: Vectors, truncate_dim: int | None) -> Vectors:
    """Keep the first `truncate_dim` dimensions of each embedding; the result is not normalised again.

    Args:
        embeddings: An array or tensor, (..., dim).
        truncate_dim: The number of dimensions to keep, from 1 to dim. None keeps all.

    Returns:
        A view on the embeddings, (..., truncate_dim).

    Raises:
        InputError: If `truncate_dim` is below 1 or above the dimension.
        InputTypeError: If the embeddings are no array or tensor, or `truncate_dim` is no integer.
        ShapeError: If the embeddings have no axis.

    Example:
        >>> truncate_embeddings(np.array([[1, 2, 3], [4, 5, 6]]), 2)
        array([[1, 2],
               [4, 5]])
    """
    if truncate_dim is None:
        return embeddings
    given: object = embeddings
    if not is_tensor(given) and not isinstance(given, np.ndarray):
        raise InputTypeError(
            f"embeddings of type {type(embeddings).__name__}",
            accepted="a numpy array or a torch tensor",
            fix="truncate_embeddings(np.asarray(embeddings), truncate_dim)",
        )
    if embeddings.ndim == 0:
        raise ShapeError("embeddings has no axis", accepted="embeddings (..., dim)")
    if tuple(embeddings.shape) == (0,):  # what no texts encode to
        return embeddings
    width = _check_width(truncate_dim, embeddings.shape[-1])
    return embeddings[..., :width]


def unit_rows(rows: Tensor) -> Tensor:
    """Rows of a float32 or float64 tensor at unit length, in the same dtype; zero rows stay zero.

    Neither very long nor very short rows overflow or vanish.

    Args:
        rows: Embeddings, (..., dim).

    Returns:
        The same shape and dtype; gradients flow through, and are zero for a zero row.

    Example:
        >>> import torch
        >>> unit_rows(torch.tensor([[3e30, 4e30]]))
        tensor([[0.6000, 0.8000]])
    """
    import torch

    if rows.numel() == 0:
        return rows
    tiny = torch.finfo(rows.dtype).tiny
    # Scaling first keeps the squares in range. It does not change the direction, so no gradient need flow through it.
    largest = rows.detach().abs().amax(-1, keepdim=True)
    scaled = rows / torch.where(largest > 0, largest.clamp_min(tiny), 1.0)
    norms: Tensor = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
    # A zero row has no direction: divided by infinity, it stays zero and so does its gradient.
    return scaled / torch.where(norms > 0, norms, torch.inf)


def _check_width(truncate_dim: int, dim: int) -> int:
    try:
        width = operator.index(truncate_dim)
    except TypeError as error:
        raise InputTypeError(f"truncate_dim={truncate_dim!r}", accepted="an integer, or None to keep all") from error
    if not 1 <= width <= dim:
        raise InputError(
            f"truncate_dim={width} for embeddings of dimension {dim}",
            accepted=f"an integer from 1 to {dim}, or None to keep all",
        )
    return width


def _unit_array(rows: Array) -> Array:
    dtype = rows.dtype if rows.dtype.kind in "fV" else np.dtype(np.float32)
    precision = np.float64 if dtype == np.float64 else np.float32
    tiny = np.finfo(precision).tiny
    wide = rows.astype(precision)
    wide = wide / np.maximum(np.abs(wide).max(-1, keepdims=True), tiny)  # keeps the squares in range
    wide = wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), tiny)
    return np.asarray(wide, dtype)


def _unit_tensor(rows: Tensor) -> Tensor:
    import torch

    dtype = rows.dtype if rows.is_floating_point() else torch.float32
    return unit_rows(rows if dtype == torch.float64 else rows.float()).to(dtype)
