"""How a loss gets the embeddings of a batch: all columns in one call of the model, at once or in mini-batches.

Knows the protocol of a model, not a model class; and what wraps a model for several devices, from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from likewise.ops.column_batch import ColumnBatch, Features, MiniBatches, run_columns


@runtime_checkable
class EmbedsColumns(Protocol):
    """A model whose `forward` also takes a `ColumnBatch`, and then returns one feature dictionary for each column."""

    def embed_columns(self, batch: ColumnBatch) -> list[Features]:
        """Embed all columns; what `forward` calls for a `ColumnBatch`."""


def unwrapped(model: nn.Module) -> nn.Module:
    """Take off what DistributedDataParallel, DataParallel or torch.compile put around a model.

    Args:
        model: A model, perhaps wrapped.

    Returns:
        The model itself.

    Example:
        >>> import torch
        >>> inner = torch.nn.Linear(2, 2)
        >>> unwrapped(torch.nn.DataParallel(inner)) is inner
        True
    """
    for name in ("module", "_orig_mod"):
        inner = model._modules.get(name)
        if inner is not None and len(model._modules) == 1:
            return unwrapped(inner)
    return model


def embed_columns(
    model: nn.Module,
    sentence_features: Sequence[Features],
    mini_batches: MiniBatches | None = None,
    *,
    layers: bool = False,
) -> list[Features]:
    """Embed all columns of a batch in one call of the model, so that several processes exchange gradients once.

    Args:
        model: The model, perhaps wrapped. One that takes no `ColumnBatch` is called once for each column.
        sentence_features: Features of each column.
        mini_batches: How the batch is cut, see `MiniBatches`; None runs it at once.
        layers: Whether `layer_embeddings` are wanted as well.

    Returns:
        For each column a dictionary with `sentence_embedding` [B, D] and perhaps `layer_embeddings`.
    """
    batch = ColumnBatch(list(sentence_features), mini_batches, layers)
    if isinstance(unwrapped(model), EmbedsColumns):
        done: list[Features] = model(batch)
        return done
    return run_columns(batch, lambda features: model(dict(features)), joins=False)


def sentence_embeddings(columns: Sequence[dict[str, Any]]) -> list[Tensor]:
    """Pick the sentence embedding of each column."""
    return [column["sentence_embedding"] for column in columns]
