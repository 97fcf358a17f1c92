"""What a user hands in as embeddings, as one checked array or tensor.

Knows lists, numpy arrays and torch tensors (dense or sparse). Does not know scores, and does not import torch for
numpy input.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from likewise.errors import InputTypeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from torch import Tensor
    from typing_extensions import TypeIs

    from likewise.embedding_store import EmbeddingStore

    Embeddings: TypeAlias = "np.ndarray[Any, Any] | Tensor | EmbeddingStore | Sequence[Any]"

Array: TypeAlias = np.ndarray[Any, Any]

_ACCEPTED = "a numpy array, a torch tensor, or a list of vectors of equal length"


def is_tensor(value: object) -> TypeIs[Tensor]:
    """Whether a value is a torch tensor, found out without importing torch.

    Args:
        value: Anything.

    Returns:
        True for a torch tensor.

    Example:
        >>> is_tensor([1.0])
        False
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_array_or_tensor(embeddings: Embeddings, name: str) -> Array | Tensor:
    """Check embeddings and bring lists into one array.

    Arrays (memory maps too) and dense tensors are returned as they are, without a copy. A list that holds tensors
    becomes a tensor, any other list an array. Sparse tensors become dense.

    Args:
        embeddings: One vector (dim,) or several (rows, dim), real numbers of any dtype.
        name: The argument's name, for error messages.

    Returns:
        An array or tensor with one or two axes.

    Raises:
        InputTypeError: If this is not numeric.
        ShapeError: If vectors differ in length, or there are more than two axes.

    Example:
        >>> as_array_or_tensor([[1.0, 2.0], [3.0, 4.0]], "a").shape
        (2, 2)
    """
    if is_tensor(embeddings):
        result: Array | Tensor = embeddings.to_dense() if embeddings.layout is not _strided() else embeddings
    elif isinstance(embeddings, np.ndarray):
        result = embeddings
    elif isinstance(embeddings, list | tuple) and any(is_tensor(row) for row in embeddings):
        result = _stack(embeddings, name)
    else:
        result = _from_list(embeddings, name)
    _check_dtype(result, name)
    if result.ndim not in (1, 2):
        raise ShapeError(
            f"{name} has shape {tuple(result.shape)}",
            accepted="one vector (dim,) or several (rows, dim)",
            fix=f"pass {name}[0] for a single entry, or reshape",
        )
    return result


def as_float32_tensor(embeddings: Embeddings, name: str, device: torch.device | None = None) -> Tensor:
    """Bring embeddings into a dense float32 tensor with one or two axes.

    Args:
        embeddings: One vector (dim,) or several (rows, dim), real numbers of any dtype.
        name: The argument's name, for error messages.
        device: Where arrays and lists are put. A tensor stays on its own device.

    Returns:
        The tensor; gradients flow through it where the input had them.

    Raises:
        InputTypeError: If this is not numeric.
        ShapeError: If vectors differ in length, or there are more than two axes.

    Example:
        >>> as_float32_tensor([[1, 2]], "a").dtype
        torch.float32
    """
    import torch

    checked = as_array_or_tensor(embeddings, name)
    if is_tensor(checked):
        return checked.float()
    array = np.ascontiguousarray(checked, dtype=np.float32)
    # A tensor that shares memory with a read-only map would let torch write to it.
    tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    return tensor.to(device) if device is not None else tensor


def _strided() -> torch.layout:
    return sys.modules["torch"].strided  # type: ignore[no-any-return]


def _stack(rows: list[Any] | tuple[Any, ...], name: str) -> Tensor:
    import torch

    device = next(row.device for row in rows if is_tensor(row))
    tensors = [row if is_tensor(row) else torch.as_tensor(row, device=device) for row in rows]
    if len({tuple(row.shape) for row in tensors}) > 1:
        raise ShapeError(f"the vectors of {name} have different shapes", accepted=_ACCEPTED)
    return torch.stack(tensors)


def _from_list(embeddings: Any, name: str) -> Array:
    try:
        return np.asarray(embeddings)
    except ValueError as error:
        raise ShapeError(f"the vectors of {name} have different lengths", accepted=_ACCEPTED) from error


def _check_dtype(embeddings: Array | Tensor, name: str) -> None:
    if is_tensor(embeddings):
        numeric = not embeddings.is_complex() and not embeddings.is_quantized
    else:
        # "V" holds the dtypes of ml_dtypes (bfloat16), which convert to float32 but belong to no family of numpy.
        numeric = embeddings.dtype.kind in "fiub" or (embeddings.dtype.kind == "V" and embeddings.dtype.names is None)
    if not numeric:
        raise InputTypeError(
            f"{name} holds {embeddings.dtype} values",
            accepted=f"real numbers: {_ACCEPTED}",
            fix="pass embeddings, such as the result of model.encode(texts), not the texts",
        )
