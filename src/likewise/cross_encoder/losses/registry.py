"""Every loss with what it takes to try it: the contract tests run over this table, and a new loss is tested by its row.

Knows classes and shapes; loads no model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from likewise.cross_encoder import losses
from likewise.cross_encoder.losses.loss import CrossEncoderLoss

CLASSES = 3
_LENGTHS = (4, 1, 3, 2)


@final
@dataclass(frozen=True, slots=True)
class CrossEncoderLossCase:
    """A loss, and data for it.

    Args:
        name: Name of the class in `likewise.cross_encoder.losses`.
        label: A row of the batch and its number of documents to its label; None where there are no labels.
        columns: How many columns the data have.
        lists: Whether the second column holds lists of documents.
        outputs: Outputs of the model.
        settings: Arguments of the constructor besides the model.
    """

    name: str
    label: Callable[[torch.Generator, int, int], Any] | None
    columns: int = 2
    lists: bool = False
    outputs: int = 1
    settings: tuple[tuple[str, Any], ...] = ()

    def build(self, model: nn.Module) -> CrossEncoderLoss:
        """Make it for a model."""
        made: CrossEncoderLoss = getattr(losses, self.name)(model, **dict(self.settings))
        return made

    def inputs(self, rows: int) -> list[list[Any]]:
        """Columns of texts, no two of them alike; lists of different lengths."""
        first = [f"query {row}" for row in range(rows)]
        if self.lists:
            return [first, [[f"text {row} {at}" for at in range(self.documents(row))] for row in range(rows)]]
        return [first, *([f"text {row} {at}" for row in range(rows)] for at in range(1, self.columns))]

    def labels(self, generator: torch.Generator, rows: int) -> list[Any] | None:
        """A label for each row, None if there are none."""
        if self.label is None:
            return None
        return [self.label(generator, row, self.documents(row)) for row in range(rows)]

    def documents(self, row: int) -> int:
        """How many documents a row has."""
        return _LENGTHS[row % len(_LENGTHS)] if self.lists else self.columns - 1


def binary(generator: torch.Generator, row: int, documents: int) -> float:
    """0 or 1."""
    del generator, documents
    return float(row % 2)


def classes(generator: torch.Generator, row: int, documents: int) -> int:
    """One of the classes."""
    del generator, documents
    return row % CLASSES


def several(generator: torch.Generator, row: int, documents: int) -> Tensor:
    """A number of 0 to 1 for each output."""
    del row, documents
    return torch.rand(CLASSES, generator=generator)


def number(generator: torch.Generator, row: int, documents: int) -> float:
    """Any number."""
    del row, documents
    return float(torch.randn((), generator=generator))


def margins(generator: torch.Generator, row: int, documents: int) -> Tensor:
    """A number for each negative."""
    del row
    return torch.randn(documents - 1, generator=generator)


def grades(generator: torch.Generator, row: int, documents: int) -> Tensor:
    """A grade of 0 to 3 for each document."""
    del row
    return torch.randint(0, 4, (documents,), generator=generator).float()


def _lists(name: str, **settings: Any) -> CrossEncoderLossCase:
    return CrossEncoderLossCase(name, grades, lists=True, settings=tuple(settings.items()))


LOSSES: tuple[CrossEncoderLossCase, ...] = (
    _lists("ADRMSELoss"),
    CrossEncoderLossCase("BinaryCrossEntropyLoss", binary),
    CrossEncoderLossCase("BinaryCrossEntropyLoss", several, outputs=CLASSES),
    CrossEncoderLossCase(
        "CachedMultipleNegativesRankingLoss",
        None,
        columns=3,
        settings=(("mini_batch_size", 2), ("num_negatives", None)),
    ),
    CrossEncoderLossCase("CrossEntropyLoss", classes, outputs=CLASSES),
    _lists("LambdaLoss"),
    _lists("LambdaLoss", weighting_scheme=losses.NDCGLoss1Scheme(), k=2),
    _lists("LambdaLoss", weighting_scheme=losses.LambdaRankScheme()),
    _lists("ListMLELoss"),
    _lists("ListMLELoss", respect_input_order=False),
    _lists("ListNetLoss"),
    _lists("PListMLELoss"),
    _lists("RankNetLoss"),
    CrossEncoderLossCase("MSELoss", number),
    CrossEncoderLossCase("MarginMSELoss", margins, columns=4),
    CrossEncoderLossCase("MultipleNegativesRankingLoss", None, columns=3, settings=(("num_negatives", None),)),
)
