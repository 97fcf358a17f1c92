"""A regulariser: texts that have nothing to do with each other should be as far apart as random directions are.

Legend: B rows, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError
from likewise.losses.float32 import float32
from likewise.losses.loss import Loss
from likewise.losses.naming import function_name
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import ORTHOGONAL
from likewise.ops.similarity import cos_sim


class GlobalOrthogonalRegularizationLoss(Loss):
    """M1^2 and max(0, M2 - 1/D), M1 and M2 being the first two moments of the similarities of different rows.

    Combine it with another loss in a loss of your own, whose parts it joins, or give it a data set of its own.

    Args:
        model: The model to train.
        similarity_fct: [B, D] and [B, D] to similarities [B, B].
        mean_weight: Weight of M1^2; None leaves it out.
        second_moment_weight: Weight of max(0, M2 - 1/D); None leaves it out.
        aggregation: "mean" or "sum" over columns.

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

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> dict[str, Tensor]:
        """The objective.

        Args:
            embeddings: [B, D] for each column.
            targets: Not used.

        Returns:
            `gor_mean` and `gor_second_moment`, as far as they have weights; 0 for batches of one row.
        """
        del targets
        moments = [self._moments(each) for each in float32(embeddings)]
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
        scores_BB = self.similarity_fct(rows_BD, rows_BD)
        others_BB = ~torch.eye(len(rows_BD), dtype=torch.bool, device=rows_BD.device)
        scores = scores_BB[others_BB]
        if not len(scores):
            scores = scores_BB.reshape(-1)[:1] * 0.0
        return scores.mean(), scores.square().mean(), rows_BD.shape[1]

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {
            "similarity_fct": function_name(self.similarity_fct),
            "mean_weight": self.mean_weight,
            "second_moment_weight": self.second_moment_weight,
            "aggregation": self.aggregation,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return ORTHOGONAL
