"""What sparse embeddings say: which tokens, how many of them, and what two have in common. Knows no model.

Legend: B embeddings, V dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from likewise.errors import InputTypeError, ShapeError
from likewise.models.arguments import checked_integer
from likewise.ops.sparse import as_coo

Weights = list[tuple[str, float]]


def decoded(
    embeddings: Tensor, names_of: Callable[[Sequence[int]], Sequence[str]], top_k: int | None
) -> Weights | list[Weights]:
    """Name the dimensions of embeddings that are not zero.

    Args:
        embeddings: [B, V] or [V], sparse or dense.
        names_of: Gives the names of dimensions.
        top_k: How many of each embedding, those of largest weight; None gives all.

    Returns:
        For each embedding (name, weight), the largest first; without the outer list for a single one.

    Raises:
        ShapeError: If there are more than two axes.

    Example:
        >>> decoded(torch.tensor([0.0, 2.0, 3.0]), lambda places: [f"w{at}" for at in places], None)
        [('w2', 3.0), ('w1', 2.0)]
    """
    if top_k is not None:
        checked_integer("top_k", top_k, low=0)
    parts = _coordinates(embeddings)
    if parts.dim() == 1:
        return _decoded_row(parts.indices()[0], parts.values(), names_of, top_k)
    counts = torch.bincount(parts.indices()[0], minlength=len(parts)).tolist()
    rows = zip(torch.split(parts.indices()[1], counts), torch.split(parts.values(), counts), strict=True)
    return [_decoded_row(columns, values, names_of, top_k) for columns, values in rows]


def _decoded_row(
    columns: Tensor, values: Tensor, names_of: Callable[[Sequence[int]], Sequence[str]], top_k: int | None
) -> Weights:
    order = values.argsort(descending=True, stable=True)
    order = order[values[order] != 0][:top_k]
    return list(zip(names_of(columns[order].tolist()), values[order].tolist(), strict=True))


def intersection(embeddings_1: Tensor, embeddings_2: Tensor) -> Tensor:
    """Multiply an embedding with others, entry by entry: what is not zero is active in both.

    Args:
        embeddings_1: [V], sparse or dense.
        embeddings_2: [V] or [B, V], sparse or dense.

    Returns:
        As `embeddings_2` in shape, `torch.sparse_coo`, coalesced, without zeros.

    Raises:
        ShapeError: If the shapes are others.

    Example:
        >>> intersection(torch.tensor([1.0, 2.0, 0.0]), torch.tensor([3.0, 4.0, 5.0])).to_dense()
        tensor([3., 8., 0.])
    """
    one, others = _coordinates(embeddings_1), _coordinates(embeddings_2)
    if one.dim() != 1 or one.shape[-1] != others.shape[-1]:
        raise ShapeError(
            f"embeddings of shapes {tuple(embeddings_1.shape)} and {tuple(embeddings_2.shape)}",
            accepted="one embedding (dim,), and one (dim,) or several (rows, dim) of the same dimension",
            fix="model.intersection(embeddings_1[0], embeddings_2)",
        )
    values = others.values() * one.to_dense()[others.indices()[-1]]
    kept = values != 0
    places = others.indices()[:, kept]
    return torch.sparse_coo_tensor(places, values[kept], others.shape, is_coalesced=True, check_invariants=False)


def sparsity(embeddings: Tensor) -> dict[str, float]:
    """Say how many dimensions of embeddings are not zero.

    Args:
        embeddings: [B, V] or [V], sparse or dense.

    Returns:
        "active_dims", entries that are not zero, on average over embeddings; "sparsity_ratio", the share of zeros.

    Example:
        >>> sparsity(torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 0.0]]))
        {'active_dims': 2.0, 'sparsity_ratio': 0.5}
    """
    parts = _coordinates(embeddings)
    rows, width = (1, *parts.shape) if parts.dim() == 1 else parts.shape
    active = int((parts.values() != 0).sum()) / max(1, rows)
    return {"active_dims": active, "sparsity_ratio": 1.0 - active / max(1, width)}


def _coordinates(embeddings: Tensor) -> Tensor:
    if not isinstance(embeddings, Tensor):
        raise InputTypeError(f"embeddings are a {type(embeddings).__name__}", accepted="a tensor, such as encode gives")
    if embeddings.dim() not in (1, 2):
        raise ShapeError(f"embeddings of shape {tuple(embeddings.shape)}", accepted="(dim,) or (rows, dim)")
    return as_coo(embeddings)
