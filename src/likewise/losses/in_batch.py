"""Which rows of a batch are compared with which: the directions of the in-batch contrastive losses.

Knows columns of embeddings and where the own rows lie among all. Does not know how scores become a loss.

Legend: C columns (anchors, positives, negatives...), B rows of this process, N rows of all processes, D dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, final, get_args

import torch
from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.losses.gather import gather_columns
from likewise.losses.info_nce import Block, Similarity, info_nce
from likewise.losses.scale import checked_scale
from likewise.ops.similarity import cos_sim

Direction = Literal["query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc"]
PartitionMode = Literal["joint", "per_direction"]
HardnessMode = Literal["in_batch_negatives", "hard_negatives", "all_negatives"]

_WITH_POSITIVE = {"query_to_doc", "doc_to_query"}


@final
@dataclass(frozen=True, slots=True)
class InBatch:
    """Settings of the in-batch contrastive losses, see `MultipleNegativesRankingLoss`.

    Raises:
        InputError: If a value is not among the accepted ones, or they contradict each other.

    Example:
        >>> InBatch(directions=("query_to_doc", "doc_to_query")).partition_mode
        'joint'
    """

    scale: float = 20.0
    similarity_fct: Similarity = cos_sim
    gather_across_devices: bool = False
    directions: tuple[Direction, ...] = ("query_to_doc",)
    partition_mode: PartitionMode = "joint"
    hardness_mode: HardnessMode | None = None
    hardness_strength: float = 0.0

    def __post_init__(self) -> None:
        checked_scale(self.scale)
        known = get_args(Direction)
        accepted = f"a tuple of some of {', '.join(map(repr, known))}, 'query_to_doc' among them"
        given: Any = self.directions
        if isinstance(given, str) or not set(given) <= set(known) or "query_to_doc" not in given:
            raise InputError(f"directions={given!r}", accepted=accepted, fix="directions=('query_to_doc',)")
        if self.partition_mode not in get_args(PartitionMode):
            raise InputError(f"partition_mode={self.partition_mode!r}", accepted="'joint' or 'per_direction'")
        if self.partition_mode == "per_direction" and not set(given) <= _WITH_POSITIVE:
            raise InputError(
                f"partition_mode='per_direction' with directions={given!r}",
                accepted="'query_to_doc' and 'doc_to_query', whose candidates include the positive",
                fix="partition_mode='joint'",
            )
        if self.hardness_mode is not None and self.hardness_mode not in get_args(HardnessMode):
            choices = ", ".join(map(repr, get_args(HardnessMode)))
            raise InputError(f"hardness_mode={self.hardness_mode!r}", accepted=f"{choices} or None")
        if not 0 <= self.hardness_strength < float("inf"):
            raise InputError(f"hardness_strength={self.hardness_strength!r}", accepted="a number of at least 0")


def in_batch_loss(columns: Sequence[Tensor], settings: InBatch) -> Tensor:
    r"""Contrast each anchor and positive with the rest of the batch.

    With anchors $q$, all documents $d$ (positives, then negatives), $s$ the scaled similarity:

    $\ell_i = -\log \frac{e^{s(q_i, d_i)}}{Z_i}$, and $Z_i$ is the sum over the directions of
    $\sum_j e^{s(q_i, d_j)}$ (query_to_doc), $\sum_{j \ne i} e^{s(q_i, q_j)}$ (query_to_query),
    $\sum_j e^{s(q_j, d_i)}$ (doc_to_query) and $\sum_{j \ne i} e^{s(d_i, d_j)}$ (doc_to_doc, without
    the row's negatives).
    With "per_direction", each direction has its own $Z_i$, and the loss is the mean over the directions.

    Args:
        columns: Anchors, positives, then negatives, [B, D] each.
        settings: See `MultipleNegativesRankingLoss`.

    Returns:
        A scalar: the mean over the rows, weighted so that the mean over processes is that of the joint batch.

    Raises:
        ShapeError: If there are fewer than two columns, or they differ in shape.

    Example:
        >>> in_batch_loss([torch.eye(2), torch.eye(2)], InBatch(scale=1.0))
        tensor(0.3133)
    """
    check_columns(columns)
    everywhere = gather_columns(columns, across_devices=settings.gather_across_devices)
    groups = _groups(columns, everywhere.columns, everywhere.first, settings)
    losses = [
        info_nce(group, similarity_fct=settings.similarity_fct, scale=settings.scale, first=everywhere.first)
        for group in groups
    ]
    return everywhere.mean(torch.stack(losses).mean(0))


def check_columns(columns: Sequence[Tensor]) -> None:
    """Refuse columns that are not pairs, triplets and so on.

    Args:
        columns: Embeddings.

    Raises:
        ShapeError: If there are fewer than two columns, or they differ in shape.
    """
    shapes = [tuple(column.shape) for column in columns]
    if len(shapes) < 2 or len(set(shapes)) > 1 or len(shapes[0]) != 2:
        raise ShapeError(
            f"columns of embeddings of shapes {shapes}",
            accepted="at least two columns (anchor, positive[, negative, ...]) of one shape (rows, dimension)",
        )


@final
@dataclass(frozen=True, slots=True)
class OwnRows:
    """Takes a row's own texts out of its candidates.

    Args:
        first: Where this process's rows begin among all.
        total: Rows of all processes.
    """

    first: int
    total: int

    def __call__(self, scores: Tensor, rows: slice, columns: slice) -> Tensor | None:
        """Minus infinity where the candidate comes from the row itself; None if there is none in the tile."""
        own = own_entries(rows, columns, self.first, self.total, scores.device)
        return torch.zeros_like(scores).masked_fill_(own, -torch.inf) if own.any() else None


@final
@dataclass(frozen=True, slots=True)
class Hardness:
    """Weighs negatives by how similar they are: exp(strength x similarity), without gradient.

    Args:
        mode: Which negatives are weighed: those of other rows, the row's own hard negatives, or both.
        strength: At least 0.
        first: Where this process's rows begin among all.
        total: Rows of all processes.
    """

    mode: HardnessMode
    strength: float
    first: int
    total: int

    def __call__(self, scores: Tensor, rows: slice, columns: slice) -> Tensor | None:
        """What is added to the scaled scores."""
        added = scores * self.strength
        if self.mode != "all_negatives":
            own = own_entries(rows, columns, self.first, self.total, scores.device)
            added.masked_fill_(own if self.mode == "in_batch_negatives" else ~own, 0.0)
        return added  # info_nce adds nothing to the positive


def own_entries(rows: slice, columns: slice, first: int, total: int, device: torch.device) -> Tensor:
    """Where a tile's candidate comes from the row itself: candidate j + c x total of row j, for any column c.

    Args:
        rows: Which of this process's rows the tile holds.
        columns: Which candidates it holds.
        first: Where this process's rows begin among all.
        total: Rows of all processes.
        device: Where the result is wanted.

    Returns:
        Booleans of the tile's shape.

    Example:
        >>> own_entries(slice(0, 2), slice(0, 4), 0, 2, torch.device("cpu")).int().tolist()
        [[1, 0, 1, 0], [0, 1, 0, 1]]
    """
    row = torch.arange(rows.start, rows.stop, device=device) + first
    column = torch.arange(columns.start, columns.stop, device=device) % total
    return row[:, None] == column[None, :]


def _groups(own: Sequence[Tensor], everywhere: Sequence[Tensor], first: int, settings: InBatch) -> list[list[Block]]:
    """The blocks that share one sum."""
    queries, documents = own[0], own[1]
    total = len(everywhere[0])
    all_documents = everywhere[1] if len(everywhere) == 2 else torch.cat(list(everywhere[1:]))
    others = OwnRows(first, total)
    weighed = None
    if settings.hardness_mode is not None and settings.hardness_strength:
        weighed = Hardness(settings.hardness_mode, settings.hardness_strength, first, total)
    blocks = {
        "query_to_doc": Block(queries, all_documents, weighed),
        "query_to_query": Block(queries, everywhere[0], others),
        "doc_to_query": Block(documents, everywhere[0]),
        "doc_to_doc": Block(documents, all_documents, others),
    }
    chosen = [block for name, block in blocks.items() if name in settings.directions]
    return [chosen] if settings.partition_mode == "joint" else [[block] for block in chosen]
