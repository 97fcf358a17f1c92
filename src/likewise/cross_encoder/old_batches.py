"""Batches of examples to features, as the documented `smart_batching_collate` makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from likewise.device import batch_to_device
from likewise.errors import InputError


class SupportsExample(Protocol):
    """A pair of texts with a label, such as `InputExample`."""

    texts: list[str]
    label: Any


def features_of(
    texts: Sequence[Sequence[str]], tokenize: Callable[[Any], dict[str, Any]], device: torch.device
) -> dict[str, Any]:
    """Make features of pairs.

    Args:
        texts: Two texts of each example.
        tokenize: Makes the features.
        device: Where they are to be.

    Returns:
        The features.

    Raises:
        InputError: If an example does not have two texts.
    """
    for at, each in enumerate(texts):
        if isinstance(each, str) or len(each) != 2:
            raise InputError(f"example {at} has {len(each)} texts", accepted="two: InputExample(texts=['a', 'b'])")
    return batch_to_device(tokenize([tuple(each) for each in texts]), device)


def labels_of(batch: Sequence[SupportsExample], labels: int, device: torch.device) -> Tensor:
    """Make targets of the labels of examples.

    Args:
        batch: The examples.
        labels: How many scores the model gives to a pair.
        device: Where they are to be.

    Returns:
        float32 [B] for one score, else int64 [B].
    """
    dtype = torch.float32 if labels == 1 else torch.int64
    return torch.tensor([example.label for example in batch], dtype=dtype, device=device)
