"""In-batch ranking with a guide: candidates that the guide finds better than the positive are no negatives.

Knows embeddings of a model and of its guide, not the models.

Legend: B rows, D width, G width of the guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import Tensor

from likewise.errors import ConfigError
from likewise.losses.gather import gather_columns
from likewise.losses.in_batch import check_columns
from likewise.losses.info_nce import Adjust, Block, info_nce
from likewise.ops.normalize import unit_rows

# Cosines of equal texts differ by rounding, and which is larger then depends on how the batch was cut.
_ROUNDING = 1e-5

MarginStrategy = Literal["absolute", "relative"]


@final
@dataclass(frozen=True, slots=True)
class Guided:
    """Settings of the loss.

    Args:
        temperature: Divides the similarities, above 0.
        margin_strategy: "absolute": a candidate is out above the guide's score of the positive minus `margin`;
            "relative": above that score less the share `margin` of its size.
        margin: At least 0.
        contrast_anchors: Whether other anchors are candidates.
        contrast_positives: Whether positives are compared with other positives.
        gather_across_devices: Whether the texts of all processes are candidates.

    Raises:
        ConfigError: If a setting is not among the accepted values.

    Example:
        >>> Guided().temperature
        0.01
    """

    temperature: float = 0.01
    margin_strategy: MarginStrategy = "absolute"
    margin: float = 0.0
    contrast_anchors: bool = True
    contrast_positives: bool = True
    gather_across_devices: bool = False

    def __post_init__(self) -> None:
        if self.margin_strategy not in ("absolute", "relative"):
            raise ConfigError(f"margin_strategy={self.margin_strategy!r}", accepted="'absolute' or 'relative'")
        if self.temperature <= 0 or self.margin < 0:
            raise ConfigError(
                f"temperature={self.temperature}, margin={self.margin}",
                accepted="a temperature above 0, a margin of at least 0",
            )


def guided_loss(embeddings: Sequence[Tensor], guides: Sequence[Tensor], settings: Guided) -> Tensor:
    """Mean of -log softmax of the positive among the candidates that the guide lets stand.

    Args:
        embeddings: [B, D] of anchors, positives and each column of negatives.
        guides: [B, G] of the same texts, from the guide.
        settings: The settings.

    Returns:
        A scalar, weighted so that the mean over processes is that of the joint batch.

    Raises:
        ShapeError: If there are fewer than two columns, or they differ in shape.

    Example:
        >>> eye = torch.eye(2)
        >>> guided_loss([eye, eye], [eye, eye], Guided(temperature=1.0))
        tensor(0.7437)

    Reference:
        Solatorio, GISTEmbed: Guided In-sample Selection of Training Negatives for Text Embedding Fine-tuning,
        arXiv:2402.16829.
    """
    check_columns(embeddings)
    anchor, positive = embeddings[0], embeddings[1]
    guide_anchor, guide_positive = (unit_rows(each.float()) for each in guides[:2])
    limit_B = _limits((guide_anchor * guide_positive).sum(1), settings)
    across = settings.gather_across_devices
    candidates = gather_columns(embeddings, across_devices=across)
    units = gather_columns([unit_rows(each.float()) for each in guides], across_devices=across)
    first = candidates.first

    def better(guide_rows: Tensor, guide_candidates: Tensor, *, own: bool) -> Adjust:
        def adjust(similar: Tensor, rows: slice, columns: slice) -> Tensor:
            scores = guide_rows[rows] @ guide_candidates[columns].T
            out = scores > limit_B[rows, None] + _ROUNDING
            if own:
                out |= _same_row(rows, columns, first, out)
            return torch.zeros_like(similar).masked_fill_(out, -torch.inf)

        return adjust

    all_anchors, all_positives, *negatives = candidates.columns
    unit_anchors, unit_positives, *unit_negatives = units.columns
    blocks = [Block(anchor, all_positives, better(guide_anchor, unit_positives, own=False))]
    if settings.contrast_anchors:
        blocks.append(Block(anchor, all_anchors, better(guide_anchor, unit_anchors, own=True)))
    if settings.contrast_positives:
        blocks.append(Block(positive, all_positives, better(guide_positive, unit_positives, own=True)))
    for negative, unit in zip(negatives, unit_negatives, strict=True):
        blocks.append(Block(anchor, negative, better(guide_anchor, unit, own=False)))
    return candidates.mean(info_nce(blocks, scale=1.0 / settings.temperature, first=first))


def _limits(own_B: Tensor, settings: Guided) -> Tensor:
    if settings.margin_strategy == "absolute":
        return own_B - settings.margin
    # A share of the size, so that the limit lies below a negative score as well.
    return own_B - own_B.abs() * settings.margin


def _same_row(rows: slice, columns: slice, first: int, like: Tensor) -> Tensor:
    row = torch.arange(rows.start, rows.start + like.shape[0], device=like.device) + first
    column = torch.arange(columns.start, columns.start + like.shape[1], device=like.device)
    return row[:, None] == column[None, :]
