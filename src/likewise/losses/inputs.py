"""What a loss is handed, checked: as many columns as it takes, of equal length, in float32; one label for each row.

Knows tensors and roles. Values of labels are checked before training, by who reads the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.losses.float32 import float32
from likewise.losses.roles import Roles


def columns_of(embeddings: Sequence[Tensor], roles: Roles) -> list[Tensor]:
    """Check the columns and widen half precision.

    Args:
        embeddings: [B, D] for each column.
        roles: What the loss takes.

    Returns:
        The same in float32, or wider where they are.

    Raises:
        InputError: If there are too few or too many columns.
        ShapeError: If their lengths differ.

    Example:
        >>> [each.dtype for each in columns_of([torch.ones(1, 2).half()], Roles(("sentence",)))]
        [torch.float32]
    """
    if roles.fit(len(embeddings)) is None:
        raise InputError(
            f"{len(embeddings)} columns of embeddings", accepted=str(roles), fix="remove the columns that are not meant"
        )
    lengths = [len(each) for each in embeddings]
    if len(set(lengths)) > 1:
        raise ShapeError(f"columns of {lengths} rows", accepted="columns of equal length")
    return float32(embeddings)


def targets_of(targets: Any, like: Tensor, roles: Roles) -> Tensor:
    """Check that there are labels, one for each row.

    Args:
        targets: Labels, [B, ...].
        like: Embeddings [B, D] of one column.
        roles: What the loss takes.

    Returns:
        The labels, on the device of the embeddings.

    Raises:
        InputError: If there are no labels.
        ShapeError: If there are more or fewer labels than rows.

    Example:
        >>> targets_of([1.0, 0.0], torch.ones(2, 3), Roles(("sentence",)))
        tensor([1., 0.])
    """
    if targets is None:
        raise InputError(
            "no labels", accepted=roles.label.value, fix="name the label's column of the data set 'label' or 'score'"
        )
    labels = torch.as_tensor(targets, device=like.device)
    if labels.dim() == 0 or len(labels) != len(like):
        raise ShapeError(
            f"labels of shape {tuple(labels.shape)} for {len(like)} rows", accepted="one label for each row"
        )
    return labels


def labels_of(targets: Any, like: Tensor, roles: Roles) -> Tensor:
    """Check that there are labels, one number for each row.

    Args:
        targets: Labels, [B] or [B, 1].
        like: Embeddings [B, D] of one column.
        roles: What the loss takes.

    Returns:
        [B], on the device of the embeddings.

    Raises:
        InputError: If there are no labels.
        ShapeError: If there is not one number for each row.

    Example:
        >>> labels_of(torch.tensor([[1], [0]]), torch.ones(2, 3), Roles(("sentence",)))
        tensor([1, 0])
    """
    labels = targets_of(targets, like, roles)
    if labels.numel() != len(like):
        raise ShapeError(f"labels of shape {tuple(labels.shape)}", accepted=f"{roles.label.value} for each row")
    return labels.reshape(-1)
