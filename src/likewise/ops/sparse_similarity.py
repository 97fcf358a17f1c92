"""Similarity of embeddings of which at least one set is a sparse tensor; the larger set is never made dense.

The formulas are those of `likewise.ops.similarity`. Knows tensors only.

Legend: A rows of a, B rows of b, D dimension, N rows of a tile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from likewise.errors import ShapeError
from likewise.ops.embeddings import as_float32_tensor, is_tensor
from likewise.ops.sparse import as_coo, is_sparse

if TYPE_CHECKING:
    from torch import Tensor

    from likewise.ops.embeddings import Embeddings

# Numbers of the rows that are dense at a time.
_TILE: Final = 2**22


def sparse_dot(a: Embeddings, b: Embeddings) -> Tensor:
    """Dot product of every row of `a` with every row of `b`.

    Args:
        a: [A, D] or [D].
        b: [B, D] or [D].

    Returns:
        float32 [A, B], dense.
    """
    left, right = _both(a, b)
    return _dot(left, right)


def sparse_cos(a: Embeddings, b: Embeddings) -> Tensor:
    """Cosine of every row of `a` with every row of `b`; 0 where a row is zero.

    Args:
        a: [A, D] or [D].
        b: [B, D] or [D].

    Returns:
        float32 [A, B], dense.
    """
    left, right = _both(a, b)
    return _dot(left, right) * _inverse_length(left)[:, None] * _inverse_length(right)[None]


def sparse_euclidean(a: Embeddings, b: Embeddings) -> Tensor:
    """Negative Euclidean distance of every row of `a` to every row of `b`.

    Args:
        a: [A, D] or [D].
        b: [B, D] or [D].

    Returns:
        float32 [A, B], dense, at most 0.
    """
    left, right = (each.double() for each in _both(a, b))
    square_AB = _squares(left)[:, None] + _squares(right)[None] - 2 * _dot(left, right)
    return -square_AB.clamp(min=0).sqrt().float()


def sparse_manhattan(a: Embeddings, b: Embeddings) -> Tensor:
    """Negative Manhattan distance of every row of `a` to every row of `b`.

    Args:
        a: [A, D] or [D].
        b: [B, D] or [D].

    Returns:
        float32 [A, B], dense, at most 0.
    """
    import torch

    left, right = _both(a, b)
    rows = _rows_of_tile(left.shape[1])
    scores_AB = torch.empty(left.shape[0], right.shape[0], device=left.device)
    for start in range(0, left.shape[0], rows):
        some_ND = _dense(left, start, rows)
        for at in range(0, right.shape[0], rows):
            distance = torch.cdist(some_ND, _dense(right, at, rows), p=1.0)
            scores_AB[start : start + rows, at : at + rows] = -distance
    return scores_AB


def sparse_row_by_row(score: Callable[[Tensor, Tensor], Tensor], a: Embeddings, b: Embeddings) -> Tensor:
    """Score each row of `a` with the same row of `b`, some rows at a time.

    Args:
        score: Scores dense rows [N, D] with rows [N, D], giving [N].
        a: [A, D], or [D], which is compared with every row of `b`.
        b: [A, D], or [D].

    Returns:
        float32 [A], dense; a scalar for two single vectors.

    Raises:
        ShapeError: If the numbers of rows or the dimensions differ.
    """
    import torch

    singles = [_is_vector(a), _is_vector(b)]
    left, right = _both(a, b)
    count = max(left.shape[0], right.shape[0])
    if left.shape[0] != right.shape[0] and not any(singles):
        raise ShapeError(
            f"a has {left.shape[0]} rows, b has {right.shape[0]}",
            accepted="the same number of rows, or one single vector",
            fix="use the all-pairs function (cos_sim, dot_score, ...) to compare every row with every row",
        )
    rows = _rows_of_tile(left.shape[1])
    parts = []
    for start in range(0, count, rows):
        one, other = (
            _dense(each, 0, 1)[0] if single else _dense(each, start, rows)
            for each, single in zip((left, right), singles, strict=True)
        )
        parts.append(score(one, other).reshape(-1))
    scores_A = torch.cat(parts) if parts else torch.zeros(0, device=left.device)
    return scores_A[0] if all(singles) else scores_A


def _is_vector(value: Embeddings) -> bool:
    if is_tensor(value) or isinstance(value, np.ndarray):
        return value.ndim == 1
    return not len(value) or not hasattr(value[0], "__len__")


def _both(a: Embeddings, b: Embeddings) -> tuple[Tensor, Tensor]:
    """Both as float32 matrices, sparse ones in coordinates."""
    left, right = _matrix(a, "a"), _matrix(b, "b")
    if left.shape[1] != right.shape[1]:
        raise ShapeError(
            f"a has dimension {left.shape[1]}, b has dimension {right.shape[1]}",
            accepted="embeddings of the same dimension",
            fix="encode both with the same model",
        )
    return left, right


def _matrix(value: Embeddings, name: str) -> Tensor:
    import torch

    if isinstance(value, list | tuple) and value and all(is_sparse(row) for row in value):
        value = torch.stack([as_coo(row) for row in value])
    if not is_sparse(value):
        dense = as_float32_tensor(value, name)
        return dense if dense.ndim == 2 else dense[None]
    matrix = as_coo(value).float()  # type: ignore[arg-type]
    if matrix.ndim not in (1, 2):
        raise ShapeError(f"{name} has shape {tuple(matrix.shape)}", accepted="one vector (dim,) or several (rows, dim)")
    return (matrix if matrix.ndim == 2 else matrix.unsqueeze(0)).coalesce()


def _rows_of_tile(width: int) -> int:
    return max(1, _TILE // max(1, width))


def _dense(matrix: Tensor, start: int, rows: int) -> Tensor:
    """Some rows of a matrix, dense."""
    import torch

    if not matrix.is_sparse:
        return matrix[start : start + rows]
    stop = min(start + rows, matrix.shape[0])
    indices, values = matrix.indices(), matrix.values()
    bounds = torch.searchsorted(indices[0].contiguous(), torch.tensor([start, stop], device=indices.device)).tolist()
    at, columns = indices[0][bounds[0] : bounds[1]] - start, indices[1][bounds[0] : bounds[1]]
    dense = torch.zeros(stop - start, matrix.shape[1], dtype=values.dtype, device=values.device)
    return dense.index_put((at, columns), values[bounds[0] : bounds[1]])


def _dot(left: Tensor, right: Tensor) -> Tensor:
    """[A, B]; of two sparse matrices, the one with fewer rows is made dense, a tile at a time."""
    import torch

    if not left.is_sparse or (right.is_sparse and left.shape[0] < right.shape[0]):
        return left @ right.T if not right.is_sparse else _dot(right, left).T
    scores_AB = torch.empty(left.shape[0], right.shape[0], dtype=left.dtype, device=left.device)
    rows = _rows_of_tile(left.shape[1])
    for start in range(0, right.shape[0], rows):
        some_ND = _dense(right, start, rows)
        scores_AB[:, start : start + rows] = torch.sparse.mm(left, some_ND.T.contiguous())
    return scores_AB


def _squares(matrix: Tensor) -> Tensor:
    """Squared length of each row."""
    import torch

    if not matrix.is_sparse:
        return matrix.square().sum(1)
    return torch.zeros(matrix.shape[0], dtype=matrix.dtype, device=matrix.device).index_add(
        0, matrix.indices()[0], matrix.values().square()
    )


def _inverse_length(matrix: Tensor) -> Tensor:
    length_A = _squares(matrix.double()).sqrt()
    return length_A.reciprocal().masked_fill(length_A == 0, 0.0).float()
