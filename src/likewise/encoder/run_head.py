"""The forward of a sequence classification head: token embeddings to one row of logits per text.

Legend: T tokens of the batch, B texts, D hidden width, L labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.block import layer_norm
from likewise.encoder.dropout import dropout
from likewise.encoder.head import Head
from likewise.encoder.kernels import Lookup, make_norm, required
from likewise.ops.pooling import pool_cls, pool_mean
from likewise.ops.token_layout import PackedTokens

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
    "tanh": torch.tanh,
}


def pool_tokens(head: Head, hidden_TD: Tensor, cu_seqlens: Tensor) -> Tensor:
    """Take what the head reads of each text.

    Args:
        head: The head.
        hidden_TD: Token embeddings of packed texts.
        cu_seqlens: Integer [B + 1], where the texts begin, and T.

    Returns:
        [B, D].
    """
    tokens = PackedTokens(hidden_TD, cu_seqlens)
    return pool_cls(tokens) if head.pooling == "cls" else pool_mean(tokens)


def run_head(head: Head, lookup: Lookup, pooled_BD: Tensor, *, training: bool) -> Tensor:
    """Compute logits; gradients flow.

    Args:
        head: The head.
        lookup: Name to weight.
        pooled_BD: What `pool_tokens` gives.
        training: Whether dropout is on.

    Returns:
        [B, L], in the type of the weights.
    """
    x_BD = dropout(pooled_BD, head.dropout_before if training else 0.0)
    x_BD = F.linear(x_BD, required(lookup, f"{head.dense}.weight"), lookup(f"{head.dense}.bias"))
    x_BD = ACTIVATIONS[head.activation](x_BD)
    if head.norm is not None:
        x_BD = layer_norm(x_BD, make_norm(head.norm, lookup), head.epsilon)
    x_BD = dropout(x_BD, head.dropout if training else 0.0)
    return F.linear(x_BD, required(lookup, f"{head.out}.weight"), lookup(f"{head.out}.bias"))
