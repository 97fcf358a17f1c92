"""Labels, checked: one for each pair, or a list for each query, in the range that the loss is defined for.

Knows tensors; knows no loss.

Legend: B rows of the batch, K pairs of the longest row, L outputs of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from likewise.cross_encoder.losses.candidates import padded
from likewise.errors import InputError, InputTypeError, ShapeError

NO_LABELS = "name the label's column of the data set 'label', 'labels', 'score' or 'scores'"


def pair_labels(labels: Any, like_BL: Tensor) -> Tensor:
    """One number for each output of the model.

    Args:
        labels: B numbers, or [B, L].
        like_BL: Scores.

    Returns:
        [B, L], in the dtype and on the device of the scores.

    Raises:
        InputError: If there are none.
        ShapeError: If there is not one for each score.

    Example:
        >>> pair_labels([1, 0], torch.zeros(2, 1))
        tensor([[1.],
                [0.]])
    """
    given = as_tensor(labels, like_BL.device)
    if given.numel() != like_BL.numel() or given.dim() == 0 or len(given) != len(like_BL):
        shape = f"({len(like_BL)},)" if like_BL.shape[1] == 1 else f"{tuple(like_BL.shape)}"
        raise ShapeError(f"labels of shape {tuple(given.shape)}", accepted=f"one for each output of the model: {shape}")
    return given.to(like_BL.dtype).reshape(like_BL.shape)


def list_labels(labels: Any, like_BK: Tensor, where_BK: Tensor) -> Tensor:
    """One number for each document of each query.

    Args:
        labels: A list of numbers, or a tensor, for each query; or a tensor [B, K] if all have K documents.
        like_BK: Scores.
        where_BK: Where there is a document.

    Returns:
        [B, K], in the dtype and on the device of the scores, with zeros where there is no document.

    Raises:
        InputError: If there are none.
        InputTypeError: If there is one number for a query.
        ShapeError: If there are not as many as documents.

    Example:
        >>> list_labels([[1, 0], [2]], torch.zeros(2, 2), torch.tensor([[True, True], [True, False]]))
        tensor([[1., 0.],
                [2., 0.]])
    """
    if labels is None:
        raise InputError("no labels", accepted="a number for each document", fix=NO_LABELS)
    if not isinstance(labels, Tensor | Sequence) or len(labels) != len(like_BK):
        raise ShapeError(
            f"labels for {len(labels) if isinstance(labels, Tensor | Sequence) else labels!r} rows",
            accepted=f"a list of numbers for each of {len(like_BK)} queries",
        )
    rows = [torch.as_tensor(row, device=like_BK.device) for row in labels]
    for number, row in enumerate(rows):
        if row.dim() != 1:
            raise InputTypeError(
                f"labels of row {number} of shape {tuple(row.shape)}",
                accepted="a list of numbers, one for each document",
            )
    counts = [len(row) for row in rows]
    documents = where_BK.sum(1).tolist()
    if counts != documents:
        wrong = next(at for at, count in enumerate(counts) if count != documents[at])
        raise ShapeError(
            f"{counts[wrong]} labels for the {documents[wrong]} documents of row {wrong}",
            accepted="one for each document",
        )
    return padded(torch.cat([row.to(like_BK.dtype) for row in rows]), counts)[0]


def as_tensor(labels: Any, device: torch.device) -> Tensor:
    """Labels as a tensor.

    Args:
        labels: Numbers, a tensor, or a list of tensors of one shape.
        device: Where they are wanted.

    Returns:
        The tensor.

    Raises:
        InputError: If there are none.
        ShapeError: If rows differ in length.

    Example:
        >>> as_tensor([torch.zeros(2), torch.ones(2)], torch.device("cpu")).shape
        torch.Size([2, 2])
    """
    if labels is None:
        raise InputError("no labels", accepted="a label for each row", fix=NO_LABELS)
    if isinstance(labels, Sequence) and labels and isinstance(labels[0], Tensor):
        shapes = {tuple(label.shape) for label in labels}
        if len(shapes) > 1:
            raise ShapeError(f"labels of shapes {sorted(shapes)}", accepted="labels of one shape")
        return torch.stack(list(labels)).to(device)
    try:
        return torch.as_tensor(labels, device=device)
    except ValueError as error:
        raise ShapeError(f"labels {labels!r:.80}: {error}", accepted="labels of one shape") from error


def check_range(labels: Tensor, low: float, high: float, accepted: str) -> None:
    """Refuse labels that the loss is not defined for.

    Args:
        labels: Numbers.
        low: The least.
        high: The largest.
        accepted: What the message says is accepted.

    Raises:
        InputError: If one is outside, or NaN.

    Example:
        >>> check_range(torch.tensor([0.0, 1.0]), 0, 1, "0 to 1")
    """
    wrong = ~((labels >= low) & (labels <= high))
    if bool(wrong.any()):
        raise InputError(f"label {labels[wrong][0].item():g}", accepted=accepted)
