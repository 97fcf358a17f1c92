"""Logits of every token over a vocabulary, which are computed where they are used, a tile at a time.

T tokens times V entries of a vocabulary are too many numbers to hold (2,048 x 30,522 take 250 MB), and what is wanted
of them is one vector per text. Knows tensors only.

Legend: B sequences, T tokens of the batch, E width of what is compared, V vocabulary, C columns of a tile.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.ops.token_layout import accumulation_dtype

TILE_TOKENS: Final = 512
TILE_COLUMNS: Final = 2048
Activation = Callable[[Tensor], Tensor]
Strip = Callable[[Tensor], Tensor]


@final
@dataclass(frozen=True, slots=True)
class TokenLogits:
    """x W^T + b for every token of packed sequences, not yet computed.

    Args:
        hidden_TE: What is compared with the vocabulary.
        weight_VE: The vocabulary.
        bias_V: Bias, or None.
        lengths: B lengths, which add up to T.
        strips: Kernels for `TILE_COLUMNS` columns each, [T, E] to [T, C], which are faster than the weight as it is.

    Example:
        >>> logits = TokenLogits(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0], [-1.0]]), None, [2, 1])
        >>> logits.whole()
        tensor([[ 1., -1.],
                [ 2., -2.],
                [ 3., -3.]])
        >>> logits.pooled_max()
        tensor([[ 2., -1.],
                [ 3., -3.]])
    """

    hidden_TE: Tensor
    weight_VE: Tensor
    bias_V: Tensor | None
    lengths: Sequence[int]
    strips: Sequence[Strip] | None = None

    def whole(self) -> Tensor:
        """All logits.

        Returns:
            [T, V].
        """
        return F.linear(self.hidden_TE, self.weight_VE, self.bias_V)

    def pooled_max(self, *, tile_tokens: int | None = None) -> Tensor:
        """Largest logit of each sequence for each entry of the vocabulary.

        Args:
            tile_tokens: Tokens of a tile; None takes a number that keeps tiles in the cache.

        Returns:
            [B, V]; 0 for a sequence without tokens.
        """
        return self._pooled(lambda tile_NLC: tile_NLC.amax(1), torch.maximum, tile_tokens)

    def pooled_sum(self, activation: Activation, *, tile_tokens: int | None = None) -> Tensor:
        """Sum over each sequence of the activated logits.

        Args:
            activation: Applied to each logit.
            tile_tokens: As in `pooled_max`.

        Returns:
            [B, V], summed up in float32 at least, in the type of the logits; 0 for a sequence without tokens.
        """
        wide = accumulation_dtype(self.hidden_TE.dtype)

        def add(tile_NLC: Tensor) -> Tensor:
            return activation(tile_NLC).to(wide).sum(1)

        return self._pooled(add, torch.add, tile_tokens).to(self.hidden_TE.dtype)

    def _pooled(
        self, reduce: Callable[[Tensor], Tensor], merge: Callable[[Tensor, Tensor], Tensor], tile_tokens: int | None
    ) -> Tensor:
        width = len(self.weight_VE)
        if not self.lengths or not width:
            return self.hidden_TE.new_zeros(len(self.lengths), width)
        tiles = list(_tiles(self.lengths, tile_tokens or TILE_TOKENS))
        strips = self.strips or [self._plain_strip(start) for start in range(0, width, TILE_COLUMNS)]
        # Columns outside, so that a part of the vocabulary stays in the cache for all tokens.
        parts = [self._pooled_strip(tiles, strip, reduce, merge) for strip in strips]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _plain_strip(self, start: int) -> Strip:
        columns = slice(start, start + TILE_COLUMNS)
        weight_CE, bias_C = self.weight_VE[columns], None if self.bias_V is None else self.bias_V[columns]
        return lambda hidden_NE: F.linear(hidden_NE, weight_CE, bias_C)

    def _pooled_strip(
        self,
        tiles: Sequence[Sequence[_Run]],
        strip: Strip,
        reduce: Callable[[Tensor], Tensor],
        merge: Callable[[Tensor, Tensor], Tensor],
    ) -> Tensor:
        """Pooled values [B, C] of some columns."""
        rows: list[Tensor] = []
        for tile in tiles:
            start, stop = tile[0].start, tile[-1].start + tile[-1].count * tile[-1].length
            logits_NC = strip(self.hidden_TE[start:stop])
            for run in tile:
                if not run.length:
                    rows.append(logits_NC.new_zeros(run.count, logits_NC.shape[1]))
                    continue
                at = run.start - start
                reduced = reduce(logits_NC[at : at + run.count * run.length].view(run.count, run.length, -1))
                if run.goes_on:
                    rows[-1] = merge(rows[-1], reduced)
                else:
                    rows.append(reduced)
        return rows[0] if len(rows) == 1 else torch.cat(rows)


@final
@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive sequences of one length, or a piece of one that is longer than a tile.

    Args:
        start: First token.
        count: How many sequences.
        length: Tokens of each.
        goes_on: Whether the piece before belongs to the same sequence.
    """

    start: int
    count: int
    length: int
    goes_on: bool = False


def _tiles(lengths: Sequence[int], most: int) -> Iterator[list[_Run]]:
    """Divide packed sequences into tiles of at most so many tokens, each a list of runs."""
    tile: list[_Run] = []
    filled = 0
    for run in _runs(lengths, most):
        size = run.count * run.length
        if tile and filled + size > most:
            yield tile
            tile, filled = [], 0
        tile.append(run)
        filled += size
    if tile:
        yield tile


def _runs(lengths: Sequence[int], most: int) -> Iterator[_Run]:
    start = 0
    for length, group in itertools.groupby(lengths):
        count = sum(1 for _ in group)
        if length > most:
            for at in range(count):
                for piece in range(0, length, most):
                    yield _Run(start + at * length + piece, 1, min(most, length - piece), goes_on=piece > 0)
        else:
            step = count if not length else max(1, most // length)
            for first in range(0, count, step):
                yield _Run(start + first * length, min(step, count - first), length)
        start += count * length
