"""One vector per sequence from its token embeddings: the pure functions. Knows tensors, not features or prompts.

Legend: B sequences, D dimension. Sequences in which no token counts give zeros, never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from likewise.ops.token_layout import Tokens


def pool_cls(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Take the first token.

    Args:
        tokens: The tokens.
        weight_sum_B: Taken and not used.

    Returns:
        [B, D], in the type of the token embeddings.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_cls(PackedTokens(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([0, 2, 3]))).tolist()
        [[1.0], [5.0]]
    """
    del weight_sum_B
    return tokens.first()


def pool_last(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Take the last token.

    Args:
        tokens: The tokens.
        weight_sum_B: Taken and not used.

    Returns:
        [B, D], in the type of the token embeddings.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_last(PackedTokens(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([0, 2, 3]))).tolist()
        [[2.0], [5.0]]
    """
    del weight_sum_B
    return tokens.last()


def pool_max(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Take the largest value of each dimension.

    Args:
        tokens: The tokens.
        weight_sum_B: Taken and not used.

    Returns:
        [B, D], in the type of the token embeddings.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_max(PackedTokens(torch.tensor([[1.0, 4.0], [2.0, 3.0]]), torch.tensor([0, 2]))).tolist()
        [[2.0, 4.0]]
    """
    del weight_sum_B
    return tokens.maximum()


def pool_mean(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Take the mean: sum_t h_t / n.

    Args:
        tokens: The tokens.
        weight_sum_B: [B], stands for n where the tokens carry weights already.

    Returns:
        [B, D], in the type of the token embeddings; the sum is taken in float32 at least.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_mean(PackedTokens(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([0, 2, 3]))).tolist()
        [[1.5], [5.0]]
    """
    count_B = tokens.counts() if weight_sum_B is None else weight_sum_B
    return _divide(tokens.total(), count_B).to(tokens.dtype)


def pool_mean_sqrt_len(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Divide the sum by the square root of the length: sum_t h_t / sqrt(n).

    Args:
        tokens: The tokens.
        weight_sum_B: [B], stands for n where the tokens carry weights already.

    Returns:
        [B, D], in the type of the token embeddings; the sum is taken in float32 at least.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_mean_sqrt_len(PackedTokens(torch.ones(4, 1), torch.tensor([0, 4]))).tolist()
        [[2.0]]
    """
    count_B = tokens.counts() if weight_sum_B is None else weight_sum_B
    return _divide(tokens.total(), count_B.float().sqrt()).to(tokens.dtype)


def pool_weighted_mean(tokens: Tokens, weight_sum_B: Tensor | None = None) -> Tensor:
    """Weight each token by its place in the sequence: sum_t t h_t / sum_t t.

    Args:
        tokens: The tokens.
        weight_sum_B: [B], stands for sum_t t where the tokens carry weights already.

    Returns:
        [B, D], in the type of the token embeddings; the sum is taken in float32 at least.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool_weighted_mean(PackedTokens(torch.tensor([[0.0], [3.0]]), torch.tensor([0, 2]))).tolist()
        [[2.0]]

    Reference:
        Muennighoff, SGPT: GPT Sentence Embeddings for Semantic Search, arXiv:2202.08904.
    """
    weight_B = tokens.position_sum() if weight_sum_B is None else weight_sum_B
    return _divide(tokens.total(by_position=True), weight_B).to(tokens.dtype)


def _divide(total_BD: Tensor, by_B: Tensor) -> Tensor:
    """Divide, where a divisor of 0 belongs to a sum of 0 and leaves it so."""
    return total_BD / by_B.to(total_BD.dtype).clamp(min=1e-9)[:, None]


PoolingFunction = Callable[[Tokens, Tensor | None], Tensor]

POOLING_FUNCTIONS: Mapping[str, PoolingFunction] = MappingProxyType(
    {
        "cls": pool_cls,
        "max": pool_max,
        "mean": pool_mean,
        "mean_sqrt_len_tokens": pool_mean_sqrt_len,
        "weightedmean": pool_weighted_mean,
        "lasttoken": pool_last,
    }
)
"""Every pooling mode by its documented name, in the order in which several are put side by side."""


def pool(tokens: Tokens, modes: tuple[str, ...], weight_sum_B: Tensor | None = None) -> Tensor:
    """Pool in several ways and put the results side by side.

    Args:
        tokens: The tokens.
        modes: Keys of `POOLING_FUNCTIONS`, M of them.
        weight_sum_B: [B] or None, see the functions.

    Returns:
        [B, M x D], in the type of the token embeddings.

    Example:
        >>> from likewise.ops.token_layout import PackedTokens
        >>> pool(PackedTokens(torch.tensor([[1.0], [2.0]]), torch.tensor([0, 2])), ("cls", "mean")).tolist()
        [[1.0, 1.5]]
    """
    return torch.cat([POOLING_FUNCTIONS[mode](tokens, weight_sum_B) for mode in modes], dim=-1)
