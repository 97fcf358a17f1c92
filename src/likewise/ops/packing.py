"""Padded to packed tensors and back, for single tensors and whole feature dictionaries. Knows nothing of modules.

Legend: B sequences, S padded length, T tokens of the batch without padding, X any further dimensions.
Packed sequences lie one after the other; `cu_seqlens` [B + 1] holds where each begins, and T at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.errors import InputError, ShapeError

TOKEN_FEATURES = ("input_ids", "token_type_ids", "position_ids", "token_embeddings", "all_layer_embeddings")
"""The features with one entry per token: [B, S, ...] padded, [T, ...] packed. All others have one per sequence."""

LOGITS = "token_logits"
"""Stands for `token_embeddings` that are logits over a vocabulary, not yet computed: a `TokenLogits`."""


def cumulative_lengths(lengths_B: Tensor) -> Tensor:
    """Turn sequence lengths into the offsets of packed sequences.

    Args:
        lengths_B: Integer [B], tokens of each sequence.

    Returns:
        int32 [B + 1], beginning with 0.

    Example:
        >>> cumulative_lengths(torch.tensor([2, 0, 3])).tolist()
        [0, 2, 2, 5]
    """
    return F.pad(lengths_B.cumsum(0), (1, 0)).to(torch.int32)


def sequence_index(cu_seqlens: Tensor, total: int) -> Tensor:
    """Say for each packed token which sequence it belongs to.

    Args:
        cu_seqlens: Integer [B + 1].
        total: T, the last entry of `cu_seqlens`, known to the caller without asking the device.

    Returns:
        int64 [T], from 0 to B - 1.

    Example:
        >>> sequence_index(torch.tensor([0, 2, 2, 5]), 5).tolist()
        [0, 0, 2, 2, 2]
    """
    lengths_B = cu_seqlens.diff().long()
    index_B = torch.arange(len(lengths_B), device=cu_seqlens.device)
    return torch.repeat_interleave(index_B, lengths_B, output_size=total)


def pack(values_BSX: Tensor, mask_BS: Tensor) -> tuple[Tensor, Tensor]:
    """Drop the padding.

    Args:
        values_BSX: [B, S, ...], any type.
        mask_BS: [B, S], not 0 where there is a token; the padding may be on either side.

    Returns:
        The tokens [T, ...] in order, and `cu_seqlens` int32 [B + 1].

    Raises:
        ShapeError: If the mask is not two-dimensional, or does not fit the values.

    Example:
        >>> pack(torch.tensor([[1, 2, 0], [0, 0, 3]]), torch.tensor([[1, 1, 0], [0, 0, 1]]))
        (tensor([1, 2, 3]), tensor([0, 2, 3], dtype=torch.int32))
    """
    if mask_BS.dim() != 2 or values_BSX.shape[:2] != mask_BS.shape:
        raise ShapeError(
            f"values of shape {tuple(values_BSX.shape)} with a mask of shape {tuple(mask_BS.shape)}",
            accepted="values [B, S, ...] and a mask [B, S]",
        )
    keep_BS = mask_BS != 0
    return values_BSX[keep_BS], cumulative_lengths(keep_BS.sum(1))


def unpack(values_TX: Tensor, cu_seqlens: Tensor, max_seqlen: int | None = None) -> Tensor:
    """Pad on the right with zeros; the inverse of `pack`.

    Args:
        values_TX: [T, ...], any type.
        cu_seqlens: Integer [B + 1], on the same device.
        max_seqlen: S; None takes the longest sequence.

    Returns:
        [B, S, ...], zero where there is no token.

    Raises:
        ShapeError: If T is not the last entry of `cu_seqlens`, or a sequence is longer than `max_seqlen`.

    Example:
        >>> unpack(torch.tensor([1, 2, 3]), torch.tensor([0, 2, 3]))
        tensor([[1, 2],
                [3, 0]])
    """
    lengths_B = cu_seqlens.diff()
    longest = int(lengths_B.max()) if len(lengths_B) else 0
    width = longest if max_seqlen is None else max_seqlen
    total = len(values_TX)
    if width < longest or int(cu_seqlens[-1]) != total:
        raise ShapeError(
            f"{total} packed tokens, padded to {width}",
            accepted=f"{int(cu_seqlens[-1])} tokens, padded to at least {longest}, as cu_seqlens says",
        )
    row_T = sequence_index(cu_seqlens, total)
    column_T = torch.arange(total, device=cu_seqlens.device) - cu_seqlens[:-1].long()[row_T]
    empty_BSX = values_TX.new_zeros((len(lengths_B), width, *values_TX.shape[1:]))
    return empty_BSX.index_put((row_T, column_T), values_TX)


def padded_features(features: Mapping[str, Any]) -> dict[str, Any]:
    """Convert packed features to the documented padded ones; padded features come back as they are.

    Args:
        features: The features of one batch. Those in `TOKEN_FEATURES` are converted, the others are kept.

    Returns:
        A new dictionary without `cu_seqlens`, `max_seqlen` and `seqlens`, with `attention_mask` int64 [B, S].

    Example:
        >>> padded = padded_features({"input_ids": torch.tensor([7, 8, 9]), "cu_seqlens": torch.tensor([0, 1, 3])})
        >>> padded["input_ids"].tolist(), padded["attention_mask"].tolist()
        ([[7, 0], [8, 9]], [[1, 0], [1, 1]])
    """
    if "cu_seqlens" not in features:
        return dict(features)
    features = computed_logits(features)
    cu_seqlens = features["cu_seqlens"]
    # A batch of empty texts gets one column of padding: few modules take tensors without columns.
    width = int(features.get("max_seqlen") or cu_seqlens.diff().max().clamp(min=1))
    result = {key: value for key, value in features.items() if key not in ("cu_seqlens", "max_seqlen", "seqlens")}
    for key in TOKEN_FEATURES:
        value = features.get(key)
        if isinstance(value, Tensor):
            result[key] = unpack(value, cu_seqlens, width)
        elif value is not None:
            result[key] = [unpack(layer, cu_seqlens, width) for layer in value]
    column_1S = torch.arange(width, device=cu_seqlens.device)[None]
    result["attention_mask"] = (column_1S < cu_seqlens.diff()[:, None]).long()
    return result


def computed_logits(features: Mapping[str, Any]) -> dict[str, Any]:
    """Compute logits over a vocabulary for those who want them all.

    Args:
        features: The features of one batch, perhaps with `token_logits`.

    Returns:
        A new dictionary with `token_embeddings` [T, V] instead of `token_logits`, if there were any.
    """
    result = dict(features)
    logits: Any = result.pop(LOGITS, None)
    return result if logits is None else {**result, "token_embeddings": logits.whole()}


def packed_features(features: Mapping[str, Any]) -> dict[str, Any]:
    """Convert padded features to packed ones; packed features come back as they are.

    Args:
        features: The features of one batch, `attention_mask` [B, S] among them. Those in `TOKEN_FEATURES` are
            converted, the others are kept.

    Returns:
        A new dictionary without `attention_mask`, with `cu_seqlens` int32 [B + 1] and `max_seqlen`.

    Raises:
        InputError: If there is no `attention_mask`.

    Example:
        >>> packed = packed_features({"input_ids": torch.tensor([[7, 0]]), "attention_mask": torch.tensor([[1, 0]])})
        >>> packed["input_ids"].tolist(), packed["cu_seqlens"].tolist(), packed["max_seqlen"]
        ([7], [0, 1], 1)
    """
    if "cu_seqlens" in features:
        return dict(features)
    mask_BS = features.get("attention_mask")
    if mask_BS is None:
        raise InputError(f"features {sorted(features)}", accepted="padded features with 'attention_mask'")
    result = {key: value for key, value in features.items() if key != "attention_mask"}
    for key in TOKEN_FEATURES:
        value = features.get(key)
        if isinstance(value, Tensor):
            result[key] = pack(value, mask_BS)[0]
        elif value is not None:
            result[key] = [pack(layer, mask_BS)[0] for layer in value]
    lengths_B = (mask_BS != 0).sum(1)
    result["cu_seqlens"] = cumulative_lengths(lengths_B)
    result["max_seqlen"] = int(lengths_B.max()) if len(lengths_B) else 0
    return result
