"""Sums of the values of losses, which are scalars or named parts. Knows no loss."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from likewise.errors import InputError
from likewise.losses.loss import LossValue


def weighted_sum(terms: Sequence[tuple[float, LossValue]]) -> LossValue:
    """Add values up, part by part where they have parts.

    Args:
        terms: Weight and value; all values are scalars, or all have parts.

    Returns:
        A scalar, or named parts.

    Raises:
        InputError: If there is no term, or only some have parts.

    Example:
        >>> import torch
        >>> weighted_sum([(2.0, torch.tensor(3.0)), (1.0, torch.tensor(0.5))])
        tensor(6.5000)
        >>> weighted_sum([(2.0, {"near": torch.tensor(3.0)}), (1.0, {"far": torch.tensor(0.5)})])
        {'near': tensor(6.), 'far': tensor(0.5000)}
    """
    if not terms:
        raise InputError("a sum of no losses", accepted="one term at least")
    whole: Tensor | None = None
    parts: dict[str, Tensor] = {}
    for weight, value in terms:
        if isinstance(value, dict):
            for name, part in value.items():
                parts[name] = parts[name] + weight * part if name in parts else weight * part
        else:
            whole = weight * value if whole is None else whole + weight * value
    if whole is None:
        return parts
    if parts:
        raise InputError("a sum of scalars and of named parts", accepted="losses of one kind")
    return whole
