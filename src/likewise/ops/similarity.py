"""Similarity of embeddings: every pair of two sets, or row by row; larger is more similar.

All scores are float32, whatever comes in (half precision and integers would tie or wrap around). Knows single vectors,
arrays, lists and tensors; sparse ones go to `likewise.ops.sparse_similarity`. Does not know ranking or models, and
imports torch only when a function is called.

Legend: A rows of a, B rows of b, D dimension.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from likewise.errors import ShapeError
from likewise.ops import sparse_similarity
from likewise.ops.embeddings import as_float32_tensor, is_tensor
from likewise.ops.normalize import unit_rows
from likewise.ops.sparse import holds_sparse

if TYPE_CHECKING:
    from torch import Tensor

    from likewise.ops.embeddings import Embeddings


def cos_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Cosine of the angle between every row of `a` and every row of `b`.

    $\mathrm{score}_{ij} = \frac{a_i \cdot b_j}{\lVert a_i \rVert \lVert b_j \rVert}$, and 0 where a row is zero.

    Args:
        a: Embeddings, (A, D), or one vector (D,).
        b: Embeddings, (B, D), or one vector (D,).

    Returns:
        Scores, float32 in [-1, 1], (A, B).

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the dimensions differ.

    Example:
        >>> cos_sim([[1.0, 0.0], [1.0, 1.0]], [0.0, 2.0])
        tensor([[0.0000],
                [0.7071]])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_cos(a, b)
    a_AD, b_BD = _all_pairs(a, b)
    with _float32(a_AD):
        return unit_rows(a_AD) @ unit_rows(b_BD).T


def dot_score(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Dot product of every row of `a` with every row of `b`: $\mathrm{score}_{ij} = a_i \cdot b_j$.

    Args:
        a: Embeddings, (A, D), or one vector (D,).
        b: Embeddings, (B, D), or one vector (D,).

    Returns:
        Scores, float32, (A, B).

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the dimensions differ.

    Example:
        >>> dot_score([[1.0, 2.0]], [[3.0, 4.0], [0.0, 1.0]])
        tensor([[11.,  2.]])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_dot(a, b)
    a_AD, b_BD = _all_pairs(a, b)
    with _float32(a_AD):
        return a_AD @ b_BD.T


def euclidean_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Negative Euclidean distance of every row of `a` to every row of `b`.

    $\mathrm{score}_{ij} = -\lVert a_i - b_j \rVert_2$.

    Args:
        a: Embeddings, (A, D), or one vector (D,).
        b: Embeddings, (B, D), or one vector (D,).

    Returns:
        Scores, float32, at most 0, (A, B).

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the dimensions differ.

    Example:
        >>> euclidean_sim([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
        tensor([[-5., -1.]])

    Note:
        On the CPU the squared distance comes from a float64 matrix product: about as fast as float32, and without the
        loss of digits that product has in float32 for vectors close together. Equal rows come out within about
        1e-8 of their length of 0.
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_euclidean(a, b)
    import torch

    a_AD, b_BD = _all_pairs(a, b)
    with _float32(a_AD):
        if a_AD.device.type != "cpu":
            return -torch.cdist(a_AD, b_BD, compute_mode="donot_use_mm_for_euclid_dist")
        a_AD, b_BD = a_AD.double(), b_BD.double()
        square_AB = (a_AD**2).sum(-1)[:, None] + (b_BD**2).sum(-1)[None, :] - 2 * (a_AD @ b_BD.T)
        # The root has no slope at 0: such entries go through a constant, so that their gradient is 0 and not NaN.
        apart_AB = square_AB > 0
        distance_AB = torch.where(apart_AB, square_AB, 1.0).sqrt()
        return -torch.where(apart_AB, distance_AB, 0.0).float()


def manhattan_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Negative Manhattan distance of every row of `a` to every row of `b`.

    $\mathrm{score}_{ij} = -\sum_d |a_{id} - b_{jd}|$. The differences are never all in memory.

    Args:
        a: Embeddings, (A, D), or one vector (D,).
        b: Embeddings, (B, D), or one vector (D,).

    Returns:
        Scores, float32, at most 0, (A, B).

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the dimensions differ.

    Example:
        >>> manhattan_sim([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
        tensor([[-7., -1.]])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_manhattan(a, b)
    import torch

    a_AD, b_BD = _all_pairs(a, b)
    with _float32(a_AD):
        return -torch.cdist(a_AD, b_BD, p=1.0)


def pairwise_cos_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Cosine of the angle between each row of `a` and the same row of `b`; 0 where a row is zero.

    $\mathrm{score}_i = \frac{a_i \cdot b_i}{\lVert a_i \rVert \lVert b_i \rVert}$.

    Args:
        a: Embeddings, (A, D), or one vector (D,), which is compared with every row of `b`.
        b: Embeddings, (A, D), or one vector (D,), which is compared with every row of `a`.

    Returns:
        Scores, float32 in [-1, 1], (A,); a scalar () for two single vectors.

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the numbers of rows or the dimensions differ.

    Example:
        >>> pairwise_cos_sim([[1.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, -1.0]])
        tensor([1., 0.])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_row_by_row(pairwise_cos_sim, a, b)
    a_AD, b_AD = _row_by_row(a, b)
    with _float32(a_AD):
        return (unit_rows(a_AD) * unit_rows(b_AD)).sum(-1)


def pairwise_dot_score(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Dot product of each row of `a` with the same row of `b`: $\mathrm{score}_i = a_i \cdot b_i$.

    Args:
        a: Embeddings, (A, D), or one vector (D,), which is compared with every row of `b`.
        b: Embeddings, (A, D), or one vector (D,), which is compared with every row of `a`.

    Returns:
        Scores, float32, (A,); a scalar () for two single vectors.

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the numbers of rows or the dimensions differ.

    Example:
        >>> pairwise_dot_score([[1.0, 2.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, -1.0]])
        tensor([11.,  0.])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_row_by_row(pairwise_dot_score, a, b)
    a_AD, b_AD = _row_by_row(a, b)
    return (a_AD * b_AD).sum(-1)


def pairwise_euclidean_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Negative Euclidean distance of each row of `a` to the same row of `b`.

    $\mathrm{score}_i = -\lVert a_i - b_i \rVert_2$.

    Args:
        a: Embeddings, (A, D), or one vector (D,), which is compared with every row of `b`.
        b: Embeddings, (A, D), or one vector (D,), which is compared with every row of `a`.

    Returns:
        Scores, float32, at most 0, (A,); a scalar () for two single vectors.

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the numbers of rows or the dimensions differ.

    Example:
        >>> pairwise_euclidean_sim([[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]])
        tensor([-5., -0.])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_row_by_row(pairwise_euclidean_sim, a, b)
    import torch

    a_AD, b_AD = _row_by_row(a, b)
    distance_A: Tensor = torch.linalg.vector_norm(a_AD - b_AD, dim=-1)
    return -distance_A


def pairwise_manhattan_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Negative Manhattan distance of each row of `a` to the same row of `b`.

    $\mathrm{score}_i = -\sum_d |a_{id} - b_{id}|$.

    Args:
        a: Embeddings, (A, D), or one vector (D,), which is compared with every row of `b`.
        b: Embeddings, (A, D), or one vector (D,), which is compared with every row of `a`.

    Returns:
        Scores, float32, at most 0, (A,); a scalar () for two single vectors.

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the numbers of rows or the dimensions differ.

    Example:
        >>> pairwise_manhattan_sim([[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]])
        tensor([-7., -0.])
    """
    if holds_sparse(a, b):
        return sparse_similarity.sparse_row_by_row(pairwise_manhattan_sim, a, b)
    a_AD, b_AD = _row_by_row(a, b)
    return -(a_AD - b_AD).abs().sum(-1)


def pairwise_angle_sim(a: Embeddings, b: Embeddings) -> Tensor:
    r"""Angle difference in complex space of each row of `a` and the same row of `b`, as the AnglE loss uses it.

    A row is read as D/2 complex numbers, its first half the real parts $p$, its second half the imaginary parts $q$.
    With both rows at unit length, the real and imaginary parts of the quotients add up to
    $\mathrm{score} = |\,p_a \cdot p_b + q_a \cdot q_b + q_a \cdot p_b - p_a \cdot q_b\,|$; 0 where a row is zero.

    Args:
        a: Embeddings, (A, D) with D even, or one vector (D,), which is compared with every row of `b`.
        b: Embeddings, (A, D), or one vector (D,), which is compared with every row of `a`.

    Returns:
        Scores, float32, at least 0, (A,); a scalar () for two single vectors.

    Raises:
        InputTypeError: If an argument is not numeric.
        ShapeError: If the numbers of rows or the dimensions differ, or the dimension is odd.

    Example:
        >>> pairwise_angle_sim([[1.0, 0.0], [3.0, 4.0]], [[1.0, 0.0], [4.0, 3.0]])
        tensor([1.0000, 1.2400])

    Reference:
        Li and Li, "AnglE-optimized Text Embeddings", arXiv:2309.12871, equations 5 to 8.
    """
    a_AD, b_AD = _row_by_row(a, b)
    dim = a_AD.shape[-1]
    if dim % 2:
        raise ShapeError(
            f"the embeddings have dimension {dim}",
            accepted="an even dimension: half real, half imaginary parts",
            fix=f"truncate_embeddings(embeddings, {dim - 1})",
        )
    real_a, imaginary_a = unit_rows(a_AD).chunk(2, dim=-1)
    real_b, imaginary_b = unit_rows(b_AD).chunk(2, dim=-1)
    real = real_a * real_b + imaginary_a * imaginary_b
    imaginary = imaginary_a * real_b - real_a * imaginary_b
    return (real + imaginary).sum(-1).abs()


def _float32(like: Tensor) -> AbstractContextManager[object]:
    """Mixed-precision training must not lower the precision of scores."""
    import torch

    return torch.autocast(like.device.type, enabled=False)


def _all_pairs(a: Embeddings, b: Embeddings) -> tuple[Tensor, Tensor]:
    left, right = (_as_rows(tensor) for tensor in _tensors(a, b))
    # No texts encode to shape (0,), which says nothing about the dimension.
    if left.shape[0] == 0 and left.shape[1] == 0:
        left = left.new_empty(0, right.shape[1])
    if right.shape[0] == 0 and right.shape[1] == 0:
        right = right.new_empty(0, left.shape[1])
    _check_dimension(left, right)
    return left, right


def _as_rows(tensor: Tensor) -> Tensor:
    if tensor.ndim == 2:
        return tensor
    return tensor[None, :] if tensor.numel() else tensor.new_empty(0, 0)


def _row_by_row(a: Embeddings, b: Embeddings) -> tuple[Tensor, Tensor]:
    left, right = _tensors(a, b)
    _check_dimension(left, right)
    if left.ndim == right.ndim == 2 and left.shape[0] != right.shape[0]:
        raise ShapeError(
            f"a has {left.shape[0]} rows, b has {right.shape[0]}",
            accepted="the same number of rows, or one single vector",
            fix="use the all-pairs function (cos_sim, dot_score, ...) to compare every row with every row",
        )
    return left, right


def _tensors(a: Embeddings, b: Embeddings) -> tuple[Tensor, Tensor]:
    """Both as float32 tensors; what is not yet a tensor goes to the device of the other."""
    device = next((x.device for x in (a, b) if is_tensor(x)), None)
    return as_float32_tensor(a, "a", device), as_float32_tensor(b, "b", device)


def _check_dimension(left: Tensor, right: Tensor) -> None:
    if left.shape[-1] != right.shape[-1]:
        raise ShapeError(
            f"a has dimension {left.shape[-1]}, b has dimension {right.shape[-1]}",
            accepted="embeddings of the same dimension",
            fix="encode both with the same model and the same truncate_dim",
        )
