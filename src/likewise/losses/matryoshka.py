"""MatryoshkaLoss: another loss on the first numbers of the embeddings. Knows no formula but a weighted sum.

A view: the embeddings are computed once, as the inner loss does it, and cut as often as there are widths.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError, InputError, ShapeError
from likewise.losses.float32 import float32
from likewise.losses.foreign_loss import ForeignLoss, as_loss
from likewise.losses.loss import Loss, LossValue
from likewise.losses.random_choice import check_per_step, choose
from likewise.losses.roles import Roles
from likewise.losses.weighted_sum import weighted_sum
from likewise.losses.width import cut_targets, fixed_width, model_width
from likewise.ops.column_batch import Features
from likewise.ops.normalize import unit_rows

logger = logging.getLogger(__name__)


class MatryoshkaLoss(Loss):
    r"""Trains embeddings whose first numbers are good embeddings as well: users then choose the width.

    $L = \sum_{d \in D} w_d \, L'(e_{1:d} / \lVert e_{1:d} \rVert)$, $L'$ being the inner loss and $D$ the widths. Cut
    embeddings are normalised. What they are compared with (a guide's embeddings, scores) stays as it is, except where
    the inner loss compares number by number: then it is cut to the same numbers.

    Data: that of the inner loss.

    Args:
        model: The model to train.
        loss: The inner loss; also one that embeds in mini-batches.
        matryoshka_dims: Widths, each from 1 to the model's.
        matryoshka_weights: One weight for each width; None weighs all with 1.
        n_dims_per_step: How many widths are drawn at random for each step; -1 takes all.

    Raises:
        InputError: If widths, weights or their number cannot be used.
        ConfigError: If the inner loss has parameters that fit one width only.

    Example:
        >>> from likewise.losses import MultipleNegativesRankingLoss
        >>> model = nn.Identity()
        >>> loss = MatryoshkaLoss(model, MultipleNegativesRankingLoss(model, scale=1.0), [1, 2])
        >>> loss.matryoshka_dims
        (2, 1)
        >>> loss.compute([torch.eye(2), torch.eye(2)], None)
        tensor(0.8165)

    Reference:
        Kusupati et al., "Matryoshka Representation Learning", arXiv:2205.13147.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: nn.Module,
        matryoshka_dims: Sequence[int],
        matryoshka_weights: Sequence[float] | None = None,
        n_dims_per_step: int = -1,
    ) -> None:
        super().__init__(model, as_loss(loss).mini_batches)
        self.loss = loss
        self.matryoshka_dims, self.matryoshka_weights = _sorted_widths(matryoshka_dims, matryoshka_weights)
        self.n_dims_per_step = check_per_step("n_dims_per_step", n_dims_per_step)
        _check_against(loss, model, self.matryoshka_dims)

    @property
    def roles(self) -> Roles:  # type: ignore[override]
        """The columns that the inner loss takes."""
        return as_loss(self.loss).roles

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> Any:
        """What the inner loss compares with."""
        return as_loss(self.loss).targets(sentence_features, labels)

    def embed(self, sentence_features: Sequence[Features]) -> list[Tensor]:
        """Embed all columns as the inner loss does."""
        inner = as_loss(self.loss)
        if isinstance(inner, ForeignLoss):
            inner.mini_batches = self.mini_batches
        return inner.embed(sentence_features)

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> LossValue:
        """The weighted sum of the inner loss on cut embeddings.

        Args:
            embeddings: [..., D] for each column.
            targets: What `targets` returned.

        Returns:
            A scalar, or named parts.
        """
        inner = as_loss(self.loss)
        embeddings = float32(embeddings)
        steps = choose(self.n_dims_per_step, len(self.matryoshka_dims), embeddings[0].device)
        return weighted_sum(
            [
                (
                    self.matryoshka_weights[step],
                    inner.compute(
                        cut_embeddings(embeddings, self.matryoshka_dims[step]),
                        cut_targets(inner, targets, self.matryoshka_dims[step]),
                    ),
                )
                for step in steps
            ]
        )

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {
            "loss": type(self.loss).__name__,
            "matryoshka_dims": self.matryoshka_dims,
            "matryoshka_weights": self.matryoshka_weights,
            "n_dims_per_step": self.n_dims_per_step,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return MATRYOSHKA


def cut_embeddings(embeddings: Sequence[Tensor], width: int) -> list[Tensor]:
    """The first numbers of embeddings, at unit length.

    Args:
        embeddings: [..., D] for each column.
        width: How many numbers to keep, from 1 to D.

    Returns:
        [..., width] for each column, in the dtype that it had; zero rows stay zero.

    Raises:
        ShapeError: If the embeddings are narrower.

    Example:
        >>> cut_embeddings([torch.tensor([[3.0, 4.0, 5.0]])], 2)
        [tensor([[0.6000, 0.8000]])]
    """
    narrow = [column.shape[-1] for column in embeddings if column.shape[-1] < width]
    if narrow:
        raise ShapeError(
            f"embeddings of width {narrow[0]} to be cut to {width}",
            accepted="matryoshka_dims of at most the width of the embeddings",
        )
    cut = [column[..., :width] for column in embeddings]
    return [unit_rows(column if column.dtype == torch.float64 else column.float()).to(column.dtype) for column in cut]


def _sorted_widths(dims: Sequence[int], weights: Sequence[float] | None) -> tuple[tuple[int, ...], tuple[float, ...]]:
    given = list(dims)
    bad = [dim for dim in given if isinstance(dim, bool) or not isinstance(dim, int) or dim < 1]
    if bad or not given:
        raise InputError(
            f"matryoshka_dims={given!r}",
            accepted="integers of at least 1, from widest to narrowest or in any order",
            fix="matryoshka_dims=[384, 192, 96]",
        )
    weighted = [1] * len(given) if weights is None else list(weights)
    if len(weighted) != len(given):
        raise InputError(
            f"{len(weighted)} matryoshka_weights for {len(given)} matryoshka_dims", accepted="one weight for each width"
        )
    pairs = sorted(zip(given, weighted, strict=True), key=lambda pair: pair[0], reverse=True)
    return tuple(dim for dim, _ in pairs), tuple(weight for _, weight in pairs)


def _check_against(loss: nn.Module, model: nn.Module, dims: tuple[int, ...]) -> None:
    fixed = fixed_width(as_loss(loss))
    if fixed is not None and dims != (fixed,):
        raise ConfigError(
            f"{type(loss).__name__}, which has parameters for embeddings of width {fixed}, inside MatryoshkaLoss",
            accepted="a loss that takes embeddings of any width",
            fix="MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), ...)",
        )
    width = model_width(model)
    if width is None:
        return
    if dims[0] > width:
        raise InputError(
            f"matryoshka_dims with {dims[0]}, and a model of width {width}",
            accepted=f"integers from 1 to {width}",
            fix=f"matryoshka_dims={[dim for dim in dims if dim <= width] or [width]}",
        )
    if dims[0] < width:
        logger.warning(
            "matryoshka_dims=%s leaves out the model's whole width %d, which is then not trained for", list(dims), width
        )


MATRYOSHKA = """@misc{kusupati2024matryoshka,
    title = {Matryoshka Representation Learning},
    author = {Aditya Kusupati and Gantavya Bhatt and Aniket Rege and Matthew Wallingford and Aditya Sinha
        and Vivek Ramanujan and William Howard-Snyder and Kaifeng Chen and Sham Kakade and Prateek Jain
        and Ali Farhadi},
    year = {2024},
    eprint = {2205.13147},
    archivePrefix = {arXiv},
    primaryClass = {cs.LG},
}
"""
