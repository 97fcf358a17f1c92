"""Every loss with what it takes to try it: the contract tests run over this table, and a new loss is tested by its row.

Knows classes and shapes; loads no model.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from likewise import losses
from likewise.losses.loss import Loss

WIDTH = 6
LAYERS = 3


@final
@dataclass(frozen=True, slots=True)
class LossCase:
    """A loss, and data for it.

    Args:
        name: Name of the class in `likewise.losses`.
        build: Makes it for a model.
        columns: How many columns the data have.
        targets: Random generator, rows and columns to what `compute` is given.
        layers: How many layers' embeddings `compute` is given; 0 is the last one's only.
    """

    name: str
    build: Callable[[nn.Module], Loss]
    columns: int
    targets: Callable[[torch.Generator, int, int], Any]
    layers: int = 0

    def embeddings(self, generator: torch.Generator, rows: int) -> list[Tensor]:
        """Random embeddings, [rows, WIDTH] for each column; [rows, layers, WIDTH] where there are layers."""
        shape = (rows, self.layers, WIDTH) if self.layers else (rows, WIDTH)
        return [torch.randn(shape, generator=generator) for _ in range(self.columns)]

    def labels(self, generator: torch.Generator, rows: int) -> Tensor | None:
        """What `forward` is given beside the features: the targets, unless the loss makes these from the features."""
        made = self.targets(generator, rows, self.columns)
        return made if isinstance(made, Tensor) else None


def none(generator: torch.Generator, rows: int, columns: int) -> None:
    """No label."""
    del generator, rows, columns


def scores(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """A number for each row."""
    del columns
    return torch.rand(rows, generator=generator)


def binary(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """0 or 1 for each row, both if there are two rows."""
    del generator, columns
    return torch.arange(rows) % 2


def classes(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """One of three classes for each row."""
    del generator, columns
    return torch.arange(rows) % 3


def vectors(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """A teacher's vector for each row and column."""
    return torch.randn(rows, columns, WIDTH, generator=generator)


def guides(generator: torch.Generator, rows: int, columns: int) -> list[Tensor]:
    """What a guide says of each text."""
    return [torch.randn(rows, WIDTH, generator=generator) for _ in range(columns)]


def candidates(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """A teacher's score for each candidate."""
    return torch.randn(rows, columns - 1, generator=generator)


def _plain(name: str, columns: int, targets: Callable[..., Any], **kwargs: Any) -> LossCase:
    return LossCase(name, lambda model: getattr(losses, name)(model, **kwargs), columns, targets)


def _wrapping(name: str, inner: str, *, layers: int = 0, **kwargs: Any) -> LossCase:
    def build(model: nn.Module) -> Loss:
        made: Loss = getattr(losses, name)(model, getattr(losses, inner)(model), **kwargs)
        return made

    return LossCase(name, build, 2, none, layers)


def _guided(name: str, **kwargs: Any) -> LossCase:
    return LossCase(name, lambda model: getattr(losses, name)(model, copy.deepcopy(model), **kwargs), 3, guides)


LOSSES: tuple[LossCase, ...] = (
    _plain("AnglELoss", 2, scores),
    _plain("BatchAllTripletLoss", 1, classes),
    _plain("BatchHardSoftMarginTripletLoss", 1, classes),
    _plain("BatchHardTripletLoss", 1, classes),
    _plain("BatchSemiHardTripletLoss", 1, classes),
    _guided("CachedGISTEmbedLoss", temperature=0.1, mini_batch_size=2),
    _plain("CachedMultipleNegativesRankingLoss", 3, none, mini_batch_size=2),
    _plain("CachedMultipleNegativesSymmetricRankingLoss", 2, none, mini_batch_size=2),
    _plain("CoSENTLoss", 2, scores),
    _plain("ContrastiveLoss", 2, binary),
    _plain("ContrastiveTensionLoss", 2, binary),
    _plain("ContrastiveTensionLossInBatchNegatives", 2, none),
    _plain("CosineSimilarityLoss", 2, scores),
    _plain("DistillKLDivLoss", 4, candidates),
    _plain("EmbedDistillLoss", 2, vectors),
    _guided("GISTEmbedLoss", temperature=0.1),
    _plain("GlobalOrthogonalRegularizationLoss", 2, none),
    _plain("MSELoss", 2, vectors),
    _plain("MarginMSELoss", 4, candidates),
    _plain("MegaBatchMarginLoss", 2, none),
    _plain("MultipleNegativesRankingLoss", 3, none),
    _plain("MultipleNegativesSymmetricRankingLoss", 2, none),
    _plain("OnlineContrastiveLoss", 2, binary),
    _plain("SoftmaxLoss", 2, classes, sentence_embedding_dimension=WIDTH, num_labels=3),
    _plain("TripletLoss", 3, none),
    _wrapping("AdaptiveLayerLoss", "MultipleNegativesRankingLoss", layers=LAYERS),
    _wrapping("Matryoshka2dLoss", "MultipleNegativesRankingLoss", layers=LAYERS, matryoshka_dims=[WIDTH, 3]),
    _wrapping("MatryoshkaLoss", "MultipleNegativesRankingLoss", matryoshka_dims=[WIDTH, 3]),
)

# What can be built only for a model that begins with a Transformer: its decoder has the encoder's own layers.
WHOLE_MODEL: tuple[LossCase, ...] = (_plain("DenoisingAutoEncoderLoss", 2, none),)
