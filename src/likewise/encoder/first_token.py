"""Attention of the first token of each text alone: all that a last block needs whose other tokens nobody reads.

Segments instead of runs of equal length: a dozen operations, however many lengths there are, on any device.

Legend: T tokens of the batch, B texts, H heads, K width of a head.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from likewise.encoder.batch import PackedBatch
from likewise.encoder.dropout import dropout as drop
from likewise.ops.packing import sequence_index
from likewise.ops.token_layout import PackedTokens, accumulation_dtype


def attend_first(
    qkv_T3HK: Tensor,
    batch: PackedBatch,
    *,
    scale: float | None,
    window: int | None,
    bias: Callable[[int], Tensor] | None,
    dropout: float,
) -> Tensor:
    """Let the first token of each text attend to its text; gradients flow.

    Args:
        qkv_T3HK: Queries, keys, values.
        batch: Where texts start and end; none of them is empty.
        scale: Factor of the scores; None is 1 / sqrt(K).
        window: How far a token sees to either side; None sees its whole text.
        bias: Text length to additive scores [H, S, S], or None.
        dropout: Probability that an attention weight is dropped.

    Returns:
        [B, H * K], in the type of the values.

    Reference:
        Vaswani et al., Attention Is All You Need, arXiv:1706.03762, section 3.2.1.
    """
    dtype, bounds = accumulation_dtype(qkv_T3HK.dtype), batch.cu_seqlens
    query_THK, key_THK, value_THK = qkv_T3HK.unbind(1)
    text_T = sequence_index(bounds, len(qkv_T3HK))
    asked_THK = query_THK[bounds[:-1].long()].to(dtype)[text_T]
    scores_TH = (asked_THK * key_THK.to(dtype)).sum(-1) * (qkv_T3HK.shape[-1] ** -0.5 if scale is None else scale)
    if bias is not None:
        scores_TH = scores_TH + bias(batch.longest)[:, 0].t()[batch.position].to(dtype)
    if window is not None:
        scores_TH = scores_TH.masked_fill(batch.position[:, None] > window, float("-inf"))
    highest_BH = PackedTokens(scores_TH.detach(), bounds).maximum()
    weight_TH = (scores_TH - highest_BH[text_T]).exp()
    total_BH = PackedTokens(weight_TH, bounds).total()
    weighed_THK = drop(weight_TH, dropout)[..., None] * value_THK.to(dtype)
    mixed_BD = PackedTokens(weighed_THK.flatten(1), bounds).total()
    return (mixed_BD.view(len(total_BH), *value_THK.shape[1:]) / total_BH[..., None]).flatten(1).to(qkv_T3HK.dtype)
