"""One batch of features to the rows that a caller gets, on the device they are on. Knows both token layouts.

Legend: B inputs, S padded length, T tokens of the batch without padding, D dimension, X any further dimensions.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.encoding.options import EncodeOptions
from likewise.errors import ConfigError
from likewise.models.module import Features
from likewise.ops.normalize import unit_rows
from likewise.ops.packing import TOKEN_FEATURES

_LAYOUT = ("cu_seqlens", "max_seqlen", "seqlens", "offsets")


def sentence_rows(features: Features, options: EncodeOptions) -> Tensor:
    """Take the sentence embeddings: cut to `truncate_dim`, then normalised, each if asked for.

    Args:
        features: Features of one batch, after the model.
        options: The caller's options.

    Returns:
        float32 [B, D], whatever the model computes in; float64 for a float64 model.

    Raises:
        ConfigError: If the model makes no sentence embeddings.
    """
    rows_BD = _wanted(features, "sentence_embedding").detach()
    if options.truncate_dim is not None:
        rows_BD = rows_BD[..., : options.truncate_dim]
    wide_BD = _at_least_float32(rows_BD)
    return unit_rows(wide_BD) if options.normalize else wide_BD


def token_rows(features: Features) -> list[Tensor]:
    """Take the token embeddings of each input, without padding.

    Args:
        features: Features of one batch, after the model; padded or packed.

    Returns:
        B tensors, float32 [tokens, D] (float64 for a float64 model), none of which holds on to another's memory.

    Raises:
        ConfigError: If the model makes no token embeddings.
    """
    tokens = _at_least_float32(_wanted(features, "token_embeddings").detach())
    return [tokens[where].clone() for where in _spans(features, tokens)]


def feature_rows(features: Features, options: EncodeOptions) -> list[dict[str, Any]]:
    """Take all features apart, one dictionary for each input, without padding.

    Args:
        features: Features of one batch, after the model; padded or packed.
        options: The caller's options; `truncate_dim` counts, `normalize` does not.

    Returns:
        B dictionaries: tensors in the model's own type, without the dimension of the batch; what is no tensor is the
        same for all of them. Packed features get the `attention_mask` that padded ones have.
    """
    features = dict(features)
    embedding = features.get("sentence_embedding")
    if isinstance(embedding, Tensor):
        features["sentence_embedding"] = embedding[..., : options.truncate_dim]
    by_token = {key for key in (*TOKEN_FEATURES, "attention_mask") if features.get(key) is not None}
    spans = _spans(features, features.get("token_embeddings", features.get("input_ids")))
    count = len(spans) if spans else _batch_size(features)
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, value in features.items():
        if key in _LAYOUT:
            continue
        for at, row in enumerate(rows):
            row[key] = _part(value, spans[at] if key in by_token and spans else at, count)
    if "cu_seqlens" in features:
        device = features["cu_seqlens"].device
        for row, span in zip(rows, spans, strict=True):
            row["attention_mask"] = torch.ones(span.stop - span.start, dtype=torch.int64, device=device)
    return rows


def own_copy(row: Any) -> Any:
    """Copy what one input got, for another input that gets the same.

    Args:
        row: A tensor, or a dictionary from `feature_rows`.

    Returns:
        The same values, in tensors of their own.
    """
    if isinstance(row, Tensor):
        return row.clone()
    if isinstance(row, dict):
        return {key: own_copy(value) for key, value in row.items()}
    return [own_copy(value) for value in row] if isinstance(row, list) else row


def finite_rows(rows: Tensor | list[Tensor]) -> Tensor:
    """Find the rows that hold neither NaN nor infinity.

    Args:
        rows: float32 or float64 [B, D], or B tensors.

    Returns:
        bool [B], on the device of the rows.
    """
    if isinstance(rows, Tensor):
        if rows.device.type == "cpu":  # numpy takes a fraction of the time, which counts for a single short text
            return torch.from_numpy(np.isfinite(rows.detach().numpy()).all(axis=tuple(range(1, rows.dim()))))
        return torch.isfinite(rows).flatten(1).all(1)
    return torch.stack([torch.isfinite(row).all() for row in rows])


def _wanted(features: Features, key: str) -> Tensor:
    value = features.get(key)
    if isinstance(value, Tensor):
        return value
    raise ConfigError(
        f"the model gives no {key!r}, only {sorted(features)}",
        accepted=f"a model one of whose modules makes {key!r}",
        fix="add models.Pooling(dimension) at the end" if key == "sentence_embedding" else "",
    )


def _at_least_float32(values: Tensor) -> Tensor:
    return values if values.dtype == torch.float64 else values.float()


def _spans(features: Features, tokens: Any) -> list[Any]:
    """For each input, the index that takes its own tokens from a feature with one entry per token."""
    if "cu_seqlens" in features:
        offsets = features["cu_seqlens"].tolist()
        return [slice(start, end) for start, end in itertools.pairwise(offsets)]
    if "offsets" in features and isinstance(tokens, Tensor):  # the layout of embedding bags: starts alone
        offsets = [*features["offsets"].tolist(), len(tokens)]
        return [slice(start, end) for start, end in itertools.pairwise(offsets)]
    mask = features.get("attention_mask")
    if isinstance(mask, Tensor) and mask.dim() == 2:
        present_BS = (mask != 0).int()
        width = present_BS.shape[1]
        if not width:
            return [(at, slice(0, 0)) for at in range(len(mask))]
        ends = torch.where(present_BS.any(1), width - present_BS.flip(1).argmax(1), 0).tolist()
        starts = present_BS.argmax(1).tolist()
        return [(at, slice(start, end)) for at, (start, end) in enumerate(zip(starts, ends, strict=True))]
    return list(range(len(tokens))) if isinstance(tokens, Tensor) else []


def _batch_size(features: Features) -> int:
    sizes = [len(value) for value in features.values() if isinstance(value, Tensor) and value.dim()]
    if not sizes:
        raise ConfigError(f"the model gives no tensors, only {sorted(features)}")
    return sizes[0]


def _part(value: Any, where: Any, count: int) -> Any:
    if isinstance(value, Tensor):
        taken = value.dim() > 0 and (len(value) == count or not isinstance(where, int))
        return value.detach()[where].clone() if taken else value
    if isinstance(value, list) and value and all(isinstance(layer, Tensor) for layer in value):
        return [_part(layer, where, count) for layer in value]
    if isinstance(value, list) and len(value) == count and isinstance(where, int):
        return value[where]
    return value
