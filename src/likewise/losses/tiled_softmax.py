"""The loss of a softmax over products of two sets of vectors, computed in tiles forwards and backwards.

Knows rows, candidates and the place of each row's own candidate. Does not know what they stand for.

With n the log-sum of the exponentials of all other candidates of a row and p the score of its own one, the loss is
log(1 + exp(n - p)): near 0 it has all its digits, which the difference of two logarithms has not.

Legend: B rows, K candidates of a block, D dimension, R and C rows and candidates of a tile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import softplus

Adjust = Callable[[Tensor, slice, slice], "Tensor | None"]


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared with what.

    Args:
        blocks: Place of the rows and of the candidates among the tensors, and what is added to the scores.
        cosine: Whether vectors are brought to unit length first.
        scale: Factor of the products.
        first: Which candidate of the first block is the first row's own.
        tile_rows: Rows of a tile.
        tile_columns: Candidates of a tile.
    """

    blocks: tuple[tuple[int, int, Adjust | None], ...]
    cosine: bool
    scale: float
    first: int
    tile_rows: int
    tile_columns: int


@final
class TiledLoss(torch.autograd.Function):
    """Losses [B] of a plan and its tensors; keeps nothing but those and a few numbers for each vector."""

    @staticmethod
    def forward(ctx: Any, plan: Plan, *tensors: Tensor) -> Tensor:
        """Go through the tiles with a running maximum and a running sum.

        Args:
            ctx: Autograd's.
            plan: What is compared.
            *tensors: [N, D] each, float32 or float64.

        Returns:
            Losses, [B].
        """
        with torch.autocast(tensors[0].device.type, enabled=False):
            vectors = _vectors(plan, tensors)
            parts = [
                _row_tile(plan, vectors, rows) for rows in _slices(len(tensors[plan.blocks[0][0]]), plan.tile_rows)
            ]
        others_B, own_B = (torch.cat(values) for values in zip(*parts, strict=True))
        ctx.plan = plan
        ctx.save_for_backward(others_B, own_B, *tensors)
        return softplus(others_B - own_B)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the tiles again and add up their share.

        Args:
            ctx: Autograd's.
            *gradients: Gradient of the losses, [B].

        Returns:
            None for the plan, then the gradient of each tensor.
        """
        plan: Plan = ctx.plan
        others_B, own_B, *tensors = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1:]
        with torch.autocast(own_B.device.type, enabled=False):
            vectors = _vectors(plan, tensors)
            sums = [torch.zeros_like(each) if want else None for each, want in zip(tensors, wanted, strict=True)]
            slope_B = gradients[0].to(own_B.dtype) * torch.sigmoid(others_B - own_B) * plan.scale
            for rows in _slices(len(own_B), plan.tile_rows):
                _add_gradients(plan, vectors, sums, rows, others_B[rows], slope_B[rows])
            done = [None if total is None else each.pull_back(total) for each, total in zip(vectors, sums, strict=True)]
        return (None, *done)


@final
@dataclass(frozen=True, slots=True)
class _Vectors:
    """Vectors, brought to unit length where they are used, so that no second copy of all is kept."""

    raw: Tensor
    inverse: Tensor | None  # of the length, [N, 1]; 0 for a zero vector

    def __getitem__(self, part: slice) -> Tensor:
        return self.raw[part] if self.inverse is None else self.raw[part] * self.inverse[part]

    def pull_back(self, gradient: Tensor) -> Tensor:
        """From the gradient of the unit vectors to that of the vectors, in place."""
        if self.inverse is not None:
            for part in _slices(len(gradient), 4096):
                unit = self[part]
                along = (unit * gradient[part]).sum(-1, keepdim=True)
                gradient[part].addcmul_(unit, along, value=-1).mul_(self.inverse[part])
        return gradient


def _vectors(plan: Plan, tensors: Sequence[Tensor]) -> list[_Vectors]:
    return [_Vectors(each, _inverse_lengths(each) if plan.cosine else None) for each in tensors]


def _inverse_lengths(raw: Tensor) -> Tensor:
    """[N, 1]; squares neither overflow nor vanish."""
    if raw.numel() == 0:
        return raw.new_zeros(len(raw), 1)
    parts = []
    for part in _slices(len(raw), 4096):
        largest = raw[part].abs().amax(-1, keepdim=True)
        scaled = raw[part] / torch.where(largest > 0, largest, 1.0)
        length = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True) * largest
        tiny = torch.finfo(raw.dtype).tiny
        parts.append(torch.where(length.abs() < tiny, 0.0, 1.0 / length))
    return torch.cat(parts)


def _slices(count: int, step: int) -> Iterator[slice]:
    yield from (slice(at, min(at + step, count)) for at in range(0, count, step)) if count else [slice(0, 0)]


def _row_tile(plan: Plan, vectors: Sequence[_Vectors], rows: slice) -> tuple[Tensor, Tensor]:
    """Log-sum over all other candidates and the score of the own one, for some rows."""
    at_rows, at_own, _ = plan.blocks[0]
    own = vectors[at_own][slice(rows.start + plan.first, rows.stop + plan.first)]
    own_R = (vectors[at_rows][rows] * own).sum(-1) * plan.scale
    peak_R = torch.full_like(own_R, -torch.inf)
    sum_R = torch.zeros_like(own_R)
    for scores_RC, *_ in _tiles(plan, vectors, rows):
        if scores_RC.numel() == 0:
            continue
        higher_R = torch.maximum(peak_R, scores_RC.amax(1))
        base_R = torch.where(higher_R == -torch.inf, 0.0, higher_R)  # minus infinity less itself is no number
        sum_R = sum_R * (peak_R - base_R).exp() + scores_RC.sub_(base_R[:, None]).exp_().sum(1)
        peak_R = higher_R
    return peak_R + sum_R.log(), own_R


def _add_gradients(
    plan: Plan,
    vectors: Sequence[_Vectors],
    sums: Sequence[Tensor | None],
    rows: slice,
    others_R: Tensor,
    slope_R: Tensor,
) -> None:
    base_R = torch.where(others_R == -torch.inf, 0.0, others_R)
    for scores_RC, x_RD, y_CD, at_x, at_y, columns in _tiles(plan, vectors, rows):
        weight_RC = scores_RC.sub_(base_R[:, None]).exp_().mul_(slope_R[:, None])
        _add(sums[at_x], rows, weight_RC, y_CD)
        _add(sums[at_y], columns, weight_RC.T, x_RD)
    at_rows, at_own, _ = plan.blocks[0]
    own = slice(rows.start + plan.first, rows.stop + plan.first)
    for at, where, other in ((at_rows, rows, vectors[at_own][own]), (at_own, own, vectors[at_rows][rows])):
        total = sums[at]
        if total is not None:
            total[where].addcmul_(other, slope_R[:, None], value=-1)


def _add(total: Tensor | None, where: slice, left: Tensor, right: Tensor) -> None:
    if total is not None:
        total[where].addmm_(left, right)


def _tiles(
    plan: Plan, vectors: Sequence[_Vectors], rows: slice
) -> Iterator[tuple[Tensor, Tensor, Tensor, int, int, slice]]:
    """Scaled and adjusted scores tile by tile, the own candidates taken out; with the vectors and their places."""
    for number, (at_x, at_y, adjust) in enumerate(plan.blocks):
        x_RD = vectors[at_x][rows]
        for columns in _slices(len(vectors[at_y].raw), plan.tile_columns):
            y_CD = vectors[at_y][columns]
            scores_RC = x_RD @ y_CD.T
            added = None if adjust is None else adjust(scores_RC, rows, columns)
            scores_RC = scores_RC.mul_(plan.scale) if added is None else scores_RC.mul(plan.scale).add_(added)
            if number == 0:
                diagonal(scores_RC, rows, columns, plan.first).fill_(-torch.inf)
            yield scores_RC, x_RD, y_CD, at_x, at_y, columns


def diagonal(tile_RC: Tensor, rows: slice, columns: slice, first: int) -> Tensor:
    """The entries of a tile where the column is the row plus `first`, as a view.

    Args:
        tile_RC: The tile.
        rows: Which rows it holds.
        columns: Which columns it holds.
        first: The column of row 0.

    Returns:
        A view of up to min(R, C) entries.

    Example:
        >>> diagonal(torch.arange(6).view(2, 3), slice(2, 4), slice(1, 4), 0).tolist()
        [1, 5]
    """
    low, high = max(rows.start + first, columns.start), min(rows.stop + first, columns.stop)
    if low >= high:
        return tile_RC[:0, :0].diagonal()
    return tile_RC[
        low - first - rows.start : high - first - rows.start, low - columns.start : high - columns.start
    ].diagonal()
