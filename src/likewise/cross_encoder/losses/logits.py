"""What a cross-encoder says of pairs, in one call of the model, at once or in mini-batches.

Knows the protocol of a model (`preprocess`, and `forward` from features to `scores`), not a model class.

Legend: N pairs, L outputs of the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from likewise.losses.embedding import embed_columns, unwrapped
from likewise.losses.float32 import float32
from likewise.ops.column_batch import MiniBatches


def pair_logits(
    model: nn.Module, pairs: Sequence[tuple[Any, Any]], mini_batches: MiniBatches | None = None, **options: Any
) -> Tensor:
    """Score pairs, with gradients and without an activation function.

    Args:
        model: The model, perhaps wrapped for several devices.
        pairs: N pairs of inputs; there may be none.
        mini_batches: How the pairs are cut; None scores them at once.
        **options: Keyword arguments for `preprocess`, such as `prompt`; None counts as not given.

    Returns:
        [N, L], in float32 or wider.
    """
    inner: Any = unwrapped(model)
    if not pairs:
        # Still a part of the graph: every process has to run the backward pass.
        return torch.cat([each.reshape(-1)[:1] for each in inner.parameters()][:1]).float()[:, None][:0]
    given = {name: value for name, value in options.items() if value is not None}
    return feature_logits(model, inner.preprocess(list(pairs), **given), mini_batches)


def feature_logits(model: nn.Module, features: Mapping[str, Any], mini_batches: MiniBatches | None = None) -> Tensor:
    """Score the features of pairs, with gradients and without an activation function.

    Args:
        model: The model, perhaps wrapped for several devices.
        features: What the model's `preprocess` made of N pairs, at least one.
        mini_batches: How the pairs are cut; None scores them at once.

    Returns:
        [N, L], in float32 or wider.
    """
    inner: Any = unwrapped(model)
    device = inner.device
    moved = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in features.items()}
    (scored,) = embed_columns(model, [moved], mini_batches)
    logits_NL: Tensor = scored["scores"]
    return float32([logits_NL.reshape(len(logits_NL), -1)])[0]


def number_of_outputs(model: nn.Module) -> int | None:
    """How many outputs a model has.

    Args:
        model: The model, perhaps wrapped.

    Returns:
        The number; None if the model does not say.

    Example:
        >>> number_of_outputs(nn.Identity()) is None
        True
    """
    number = getattr(unwrapped(model), "num_labels", None)
    return number if isinstance(number, int) else None
