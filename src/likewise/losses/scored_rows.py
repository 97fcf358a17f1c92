"""The same loss for any similarity function: slices of the rows against all candidates, computed again backwards.

Knows a function of two matrices. Does not know how to split the candidates: the function may look at all of them.

Legend: R rows of a slice, K candidates of a block, D dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.utils.checkpoint import checkpoint

from likewise.losses.tiled_softmax import Adjust, diagonal


class Compared(Protocol):
    """Rows, candidates and what is added to their scores."""

    @property
    def rows(self) -> Tensor:
        """[B, D]."""

    @property
    def columns(self) -> Tensor:
        """[K, D]."""

    @property
    def adjust(self) -> Adjust | None:
        """See `likewise.losses.info_nce.Block`."""


def scored_rows(
    blocks: Sequence[Compared],
    similarity_fct: Callable[[Tensor, Tensor], Tensor],
    scale: float,
    first: int,
    step: int,
) -> Tensor:
    """The losses of `info_nce`, with any similarity function.

    Args:
        blocks: What is compared.
        similarity_fct: Takes [R, D] and [K, D], gives [R, K].
        scale: Factor of the similarities.
        first: Which candidate of the first block is the first row's own.
        step: Rows that are compared at a time.

    Returns:
        [B].

    Example:
        >>> from likewise.losses.info_nce import Block
        >>> from likewise.ops.similarity import euclidean_sim
        >>> scored_rows([Block(torch.eye(2), torch.eye(2))], euclidean_sim, 1.0, 0, 1)
        tensor([0.2176, 0.2176])
    """
    count = len(blocks[0].rows)
    if count <= step:
        return _losses(blocks, similarity_fct, scale, first, slice(0, count))
    parts: list[Any] = []
    for at in range(0, count, step):
        rows = slice(at, min(at + step, count))
        parts.append(checkpoint(_losses, blocks, similarity_fct, scale, first, rows, use_reentrant=False))
    return torch.cat(parts)


def _losses(
    blocks: Sequence[Compared],
    similarity_fct: Callable[[Tensor, Tensor], Tensor],
    scale: float,
    first: int,
    rows: slice,
) -> Tensor:
    similar = [similarity_fct(block.rows[rows], block.columns) for block in blocks]
    own_R = diagonal(similar[0], rows, slice(0, similar[0].shape[1]), first) * scale
    scores = []
    for number, (block, similar_RK) in enumerate(zip(blocks, similar, strict=True)):
        columns = slice(0, similar_RK.shape[1])
        added = None if block.adjust is None else block.adjust(similar_RK.detach(), rows, columns)
        scores_RK = similar_RK * scale if added is None else similar_RK * scale + added
        if number == 0:
            out_RK = torch.zeros_like(scores_RK, dtype=torch.bool)
            diagonal(out_RK, rows, columns, first).fill_(True)
            scores_RK = scores_RK.masked_fill(out_RK, -torch.inf)
        scores.append(scores_RK)
    others_RK = torch.cat(scores, dim=1)
    # The log-sum of no other candidate has no gradient that is a number.
    alone_R = (others_RK == -torch.inf).all(1)
    sum_R = torch.logsumexp(others_RK.masked_fill(alone_R[:, None], 0.0), dim=1)
    return torch.where(alone_R, own_R * 0.0, softplus(sum_R - own_R))
