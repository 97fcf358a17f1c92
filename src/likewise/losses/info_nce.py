"""InfoNCE: the negative log-probability of each row's own candidate among all, without the whole matrix of scores.

Knows tensors and a similarity function. Does not know which columns a batch has: the caller says what is compared.

Legend: B rows, K candidates of a block, D dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.losses.scored_rows import scored_rows
from likewise.losses.tiled_softmax import Plan, TiledLoss
from likewise.ops.similarity import cos_sim, dot_score

Similarity = Callable[[Tensor, Tensor], Tensor]
Adjust = Callable[[Tensor, slice, slice], "Tensor | None"]


@final
@dataclass(frozen=True, slots=True)
class Block:
    """Rows and the candidates that they are compared with.

    Args:
        rows: [B, D].
        columns: Candidates, [K, D].
        adjust: Given similarities [b, k] and which rows and which columns these are, says what is added to the scaled
            similarities, without gradient: minus infinity takes a candidate out. None adds nothing.
    """

    rows: Tensor
    columns: Tensor
    adjust: Adjust | None = None


@final
@dataclass(frozen=True, slots=True)
class Tile:
    """How many rows and candidates are compared at a time.

    Args:
        rows: At least 1.
        columns: At least 1.
    """

    rows: int = 1024
    columns: int = 2048


def info_nce(
    blocks: Sequence[Block],
    *,
    similarity_fct: Similarity = cos_sim,
    scale: float = 20.0,
    first: int = 0,
    tile: Tile = Tile(),
) -> Tensor:
    r"""The loss of each row over the candidates of all blocks.

    $\ell_i = -\log \frac{\exp(s \, \mathrm{sim}(x_i, y_{i + f}))}
    {\sum_{b, j} \exp(s \, \mathrm{sim}(x^b_i, y^b_j) + a^b_{ij})}$
    where $f$ is `first`, $y$ without a block the first block, and $a$ what `adjust` adds (nothing for the own
    candidate).

    For `cos_sim` and `dot_score` both passes go through the scores in tiles, so that memory is O((B + K) D). Any other
    function is called on slices of the rows against all candidates, again in the backward pass.

    Args:
        blocks: What is compared; all have the same number of rows. Computed in float32 at least.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K].
        scale: What similarities are multiplied with: the inverse of the temperature.
        first: Which candidate of the first block is the first row's own; the next row's own follows it.
        tile: How much is compared at a time.

    Returns:
        [B], at least 0.

    Raises:
        ShapeError: If the first block lacks a row's own candidate, or the blocks differ in their number of rows.
        InputError: If there is no block.

    Example:
        >>> x, y = torch.eye(2), torch.eye(2)
        >>> info_nce([Block(x, y)], scale=1.0)
        tensor([0.3133, 0.3133])

    Reference:
        van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding", arXiv:1807.03748,
        equation 4.
    """
    _check(blocks, first)
    blocks = [Block(_wide(block.rows), _wide(block.columns), block.adjust) for block in blocks]
    if similarity_fct is not cos_sim and similarity_fct is not dot_score:
        return scored_rows(blocks, similarity_fct, scale, first, tile.rows)
    # One gradient for each tensor, however many blocks it stands in.
    tensors = list({id(each): each for block in blocks for each in (block.rows, block.columns)}.values())
    place = {id(each): at for at, each in enumerate(tensors)}
    plan = Plan(
        blocks=tuple((place[id(block.rows)], place[id(block.columns)], block.adjust) for block in blocks),
        cosine=similarity_fct is cos_sim,
        scale=scale,
        first=first,
        tile_rows=tile.rows,
        tile_columns=tile.columns,
    )
    losses: Tensor = TiledLoss.apply(plan, *tensors)  # type: ignore[no-untyped-call]
    return losses


def _wide(embeddings: Tensor) -> Tensor:
    return embeddings if embeddings.dtype == torch.float64 else embeddings.float()


def _check(blocks: Sequence[Block], first: int) -> None:
    if not blocks:
        raise InputError("no candidates", accepted="at least one block of rows and candidates")
    count = len(blocks[0].rows)
    for block in blocks:
        if block.rows.ndim != 2 or block.columns.ndim != 2 or block.rows.shape[1] != block.columns.shape[1]:
            raise ShapeError(
                f"rows of shape {tuple(block.rows.shape)} and candidates of shape {tuple(block.columns.shape)}",
                accepted="two matrices of the same width",
            )
        if len(block.rows) != count:
            raise ShapeError(f"blocks of {count} and of {len(block.rows)} rows", accepted="the same number of rows")
    if first < 0 or first + count > len(blocks[0].columns):
        raise ShapeError(
            f"{count} rows and {len(blocks[0].columns)} candidates, the first row's own being number {first}",
            accepted="one own candidate for each row, such as a positive for each anchor",
        )
