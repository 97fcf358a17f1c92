"""A regulariser: texts that have nothing to do with each other should be as far apart as random directions are.

Legend: B rows, D width, R rows of a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from likewise.errors import ConfigError
from likewise.losses.float32 import float32, for_sums, without_autocast
from likewise.losses.gather import gather_columns
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import ORTHOGONAL
from likewise.ops.normalize import unit_rows
from likewise.ops.similarity import cos_sim, dot_score

_ROWS = 1024


def moments_of_products(rows_BD: Tensor) -> tuple[Tensor, Tensor]:
    r"""Mean and mean square of the products of different rows, in memory of O(B D).

    $\sum_{i \ne j} u_i^T u_j = |\sum_i u_i|^2 - \sum_i |u_i|^2$, and
    $\sum_{i \ne j} (u_i^T u_j)^2 = |U^T U|_F^2 - \sum_i |u_i|^4$, where $|U^T U|_F = |U U^T|_F$, whichever is smaller.

    Args:
        rows_BD: [B, D], at least two rows.

    Returns:
        Two scalars, float64.

    Example:
        >>> moments_of_products(torch.tensor([[1.0, 0.0], [2.0, 1.0]]))
        (tensor(2., dtype=torch.float64), tensor(4., dtype=torch.float64))
    """
    with without_autocast(rows_BD):
        rows_BD = for_sums(rows_BD)
        squares_B = rows_BD.square().sum(1)
        products = rows_BD @ rows_BD.T if rows_BD.shape[0] < rows_BD.shape[1] else rows_BD.T @ rows_BD
        pairs = len(rows_BD) * (len(rows_BD) - 1)
        first = (rows_BD.sum(0).square().sum() - squares_B.sum()) / pairs
        return first, (products.square().sum() - squares_B.square().sum()) / pairs


def moments_of_scores(
    rows_BD: Tensor, similarity_fct: Callable[[Tensor, Tensor], Tensor], step: int = _ROWS
) -> tuple[Tensor, Tensor]:
    """Mean and mean square of any similarity of different rows, a slice of rows at a time, again backwards.

    Args:
        rows_BD: [B, D], at least two rows.
        similarity_fct: [R, D] and [B, D] to similarities [R, B].
        step: Rows of a slice.

    Returns:
        Two scalars, float64.

    Example:
        >>> moments_of_scores(torch.tensor([[1.0, 0.0], [2.0, 1.0]]), dot_score)
        (tensor(2., dtype=torch.float64), tensor(4., dtype=torch.float64))
    """

    def sums(start: int) -> Tensor:
        scores_RB = for_sums(similarity_fct(rows_BD[start : start + step], rows_BD))
        own_R = torch.arange(len(scores_RB), device=scores_RB.device)
        itself_RB = torch.zeros_like(scores_RB, dtype=torch.bool)
        itself_RB[own_R, own_R + start] = True
        scores_RB = scores_RB.masked_fill(itself_RB, 0.0)
        return torch.stack([scores_RB.sum(), scores_RB.square().sum()])

    count = len(rows_BD)
    total = torch.stack([checkpoint(sums, at, use_reentrant=False) for at in range(0, count, step)]).sum(0)
    first, second = total / (count * (count - 1))
    return first, second


class GlobalOrthogonalRegularizationLoss(Loss):
    """M1^2 and max(0, M2 - 1/D), M1 and M2 being the first two moments of the similarities of different rows.

    Combine it with another loss in a loss of your own, whose parts it joins, or give it a data set of its own.

    Args:
        model: The model to train.
        similarity_fct: [R, D] and [B, D] to similarities [R, B].
        mean_weight: Weight of M1^2; None leaves it out.
        second_moment_weight: Weight of max(0, M2 - 1/D); None leaves it out.
        aggregation: "mean" or "sum" over columns.
        gather_across_devices: Whether the rows of all processes are compared; each process computes the joint value.

    Raises:
        ConfigError: If both parts are left out, or the aggregation is another one.

    Example:
        >>> loss = GlobalOrthogonalRegularizationLoss(nn.Identity())
        >>> loss.compute([torch.ones(2, 4)], None)
        {'gor_mean': tensor(1.), 'gor_second_moment': tensor(0.7500)}

    Reference:
        Zhang et al., Learning Spread-out Local Feature Descriptors, arXiv:1708.06320.
    """

    roles: ClassVar[Roles] = Roles(("sentence",), more="sentence", label=Label.NONE)

    def __init__(
        self,
        model: nn.Module,
        similarity_fct: Callable[[Tensor, Tensor], Tensor] = cos_sim,
        mean_weight: float | None = 1.0,
        second_moment_weight: float | None = 1.0,
        aggregation: str = "mean",
        *,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model)
        if aggregation not in ("mean", "sum"):
            raise ConfigError(f"aggregation={aggregation!r}", accepted="'mean' or 'sum'")
        if mean_weight is None and second_moment_weight is None:
            raise ConfigError("both weights are None", accepted="a number for at least one of them")
        self.similarity_fct = similarity_fct
        self.mean_weight = mean_weight
        self.second_moment_weight = second_moment_weight
        self.aggregation = aggregation
        self.gather_across_devices = gather_across_devices

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> dict[str, Tensor]:
        """The objective.

        Args:
            embeddings: [B, D] for each column.
            targets: Not used.

        Returns:
            `gor_mean` and `gor_second_moment`, as far as they have weights; 0 for batches of one row.
        """
        del targets
        columns = gather_columns(float32(embeddings), across_devices=self.gather_across_devices).columns
        moments = [self._moments(each) for each in columns]
        parts = {
            "gor_mean": (self.mean_weight, [first.square() for first, _, _ in moments]),
            "gor_second_moment": (
                self.second_moment_weight,
                [torch.relu(second - 1.0 / width) for _, second, width in moments],
            ),
        }
        collect = torch.mean if self.aggregation == "mean" else torch.sum
        return {
            name: weight * collect(torch.stack(each)) for name, (weight, each) in parts.items() if weight is not None
        }

    def _moments(self, rows_BD: Tensor) -> tuple[Tensor, Tensor, int]:
        width = rows_BD.shape[1]
        if len(rows_BD) < 2:
            nothing = rows_BD.sum() * 0.0
            return nothing, nothing, width
        if self.similarity_fct is cos_sim or self.similarity_fct is dot_score:
            found = moments_of_products(unit_rows(rows_BD) if self.similarity_fct is cos_sim else rows_BD)
        else:
            found = moments_of_scores(rows_BD, self.similarity_fct)
        first, second = (each.to(rows_BD.dtype) for each in found)
        return first, second, width

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {
            "similarity_fct": function_name(self.similarity_fct),
            "mean_weight": self.mean_weight,
            "second_moment_weight": self.second_moment_weight,
            "aggregation": self.aggregation,
            "gather_across_devices": self.gather_across_devices,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return ORTHOGONAL
