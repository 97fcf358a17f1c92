"""Running a layer that needs whole sequences over token embeddings of either layout. Knows features, no layer.

Legend: B texts, S padded length, T tokens of the batch without padding, D and E widths.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.models.module import Features
from likewise.ops.packing import pack, unpack


def map_sequences(features: Features, width: int, layer: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Apply a layer to each text's token embeddings, as if each text were alone.

    Args:
        features: `token_embeddings` [B, S, D] with `attention_mask` [B, S] (or `sentence_lengths` [B]), padding on
            either side, or [T, D] with `cu_seqlens`.
        width: D, what the layer was made for.
        layer: Takes embeddings [B, S, D], padded on the right with zeros, S at least 1, and lengths int64 [B]; gives
            [B, S, E].

    Returns:
        [B, S, E] with zeros for padding, or [T, E].

    Raises:
        InputError: If there are no token embeddings.
        ShapeError: If they have another width.

    Example:
        >>> features = {"token_embeddings": torch.ones(1, 2, 3), "attention_mask": torch.tensor([[0, 1]])}
        >>> map_sequences(features, 3, lambda hidden, lengths: hidden.sum(-1, keepdim=True)).tolist()
        [[[0.0], [3.0]]]
    """
    hidden = features.get("token_embeddings")
    if hidden is None:
        raise InputError("the feature 'token_embeddings' is missing", accepted="the features of a module with tokens")
    if hidden.shape[-1] != width:
        raise ShapeError(f"token embeddings of width {hidden.shape[-1]}", accepted=f"width {width}")
    if "cu_seqlens" in features:
        return _map_packed(hidden, features["cu_seqlens"], layer)
    mask_BS = _mask(features, hidden)
    packed_TD, cu_seqlens = pack(hidden, mask_BS)
    packed_TE = _map_packed(packed_TD, cu_seqlens, layer)
    result_BSE = packed_TE.new_zeros((*mask_BS.shape, packed_TE.shape[-1]))
    result_BSE[mask_BS != 0] = packed_TE
    return result_BSE


def _map_packed(hidden_TD: Tensor, cu_seqlens: Tensor, layer: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    lengths_B = cu_seqlens.diff().long()
    longest = max(1, int(lengths_B.max()))
    result_BSE = layer(unpack(hidden_TD, cu_seqlens, longest), lengths_B)
    column_1S = torch.arange(longest, device=lengths_B.device)[None]
    return pack(result_BSE, column_1S < lengths_B[:, None])[0]


def _mask(features: Features, hidden_BSD: Tensor) -> Tensor:
    mask_BS = features.get("attention_mask")
    if mask_BS is not None:
        return torch.as_tensor(mask_BS)
    lengths_B = features.get("sentence_lengths")
    column_1S = torch.arange(hidden_BSD.shape[1], device=hidden_BSD.device)[None]
    if lengths_B is None:
        return (column_1S >= 0).expand(hidden_BSD.shape[:2])
    return column_1S < torch.as_tensor(lengths_B)[:, None]
