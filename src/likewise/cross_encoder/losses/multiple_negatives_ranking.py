"""The positive among negatives of its own and documents of other queries of the batch.

Legend: B queries, C documents of each in the data (positive and negatives), K candidates of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.cross_encoder.losses.across import columns_everywhere
from likewise.cross_encoder.losses.candidates import Candidates, checked_lengths
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.cross_encoder.losses.sources import INFO_NCE
from likewise.errors import InputError
from likewise.losses.roles import Roles

SIGMOID = nn.Sigmoid()


def positive_first(scores_BK: Tensor, scale: float = 10.0) -> Tensor:
    r"""Mean of $-\log \mathrm{softmax}(c \, s)_1$ over queries.

    Args:
        scores_BK: Scores, the positive's first.
        scale: $c$, the inverse of the temperature.

    Returns:
        A scalar; 0 where a positive has no rival.

    Example:
        >>> positive_first(torch.tensor([[1.0, 1.0]]))
        tensor(0.6931)
    """
    return -F.log_softmax(scores_BK * scale, dim=1)[:, 0].mean()


def in_batch_negatives(rows: int, documents: int, number: int | None) -> list[list[int]]:
    """Choose documents of other queries, for each query.

    Args:
        rows: B, number of queries.
        documents: C, documents of each.
        number: How many to draw, without putting back; None takes all.

    Returns:
        For each query, places in the list of all documents, column after column: place `c * rows + row`. Drawn from
        torch's generator, whose state a checkpoint keeps.

    Example:
        >>> in_batch_negatives(2, 2, None)
        [[1, 3], [0, 2]]
    """
    own_BM = torch.arange(rows)[:, None] == torch.arange(rows * documents) % rows
    others = (rows - 1) * documents
    if number is None or number >= others:
        return [torch.nonzero(~own_M).flatten().tolist() for own_M in own_BM]
    if not number:
        return [[] for _ in range(rows)]
    drawn: list[list[int]] = torch.rand(own_BM.shape).masked_fill(own_BM, -1.0).topk(number, dim=1).indices.tolist()
    return drawn


class MultipleNegativesRankingLoss(CrossEncoderLoss):
    r"""Find the positive among the negatives of the row and documents drawn from other rows of the batch.

    $L = -\frac{1}{B} \sum_i \log \frac{\exp(c \, s(q_i, d_i))}{\sum_{j \in J_i} \exp(c \, s(q_i, d_j))}$, where $J_i$
    holds the positive $d_i$, the row's own negatives, and `num_negatives` positives and negatives of other rows, drawn
    anew at each step. So a batch of B rows takes B (1 + own negatives + num_negatives) pairs.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label. Positives that also answer other queries
    of the batch count as their negatives: use the batch sampler without duplicates.

    Args:
        model: The model to train, of one output.
        num_negatives: How many documents of other rows each query is given; fewer if there are fewer; None for all.
        scale: $c$, above 0: the inverse of the temperature.
        activation_fn: What outputs go through before they are scaled; None for nothing.
        gather_across_devices: Whether negatives are drawn from the documents of all processes, which all must then
            train with this loss at the same step.

    Raises:
        InputError: If `num_negatives` is below 0, or `scale` not above 0.

    Example:
        >>> loss = MultipleNegativesRankingLoss(nn.Identity())
        >>> loss.candidates([["q", "r"], ["a", "b"]]).pairs
        [('q', 'a'), ('q', 'b'), ('r', 'b'), ('r', 'a')]

    Reference:
        van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding", arXiv:1807.03748,
        equation 4.
    """

    roles: ClassVar[Roles] = Roles(("anchor", "positive"), more="negative")

    def __init__(
        self,
        model: nn.Module,
        num_negatives: int | None = 4,
        scale: float = 10.0,
        activation_fn: nn.Module | None = SIGMOID,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model, activation_fn)
        if num_negatives is not None and (isinstance(num_negatives, bool) or num_negatives < 0):
            raise InputError(f"num_negatives={num_negatives!r}", accepted="an integer of at least 0, or None for all")
        if not scale > 0:
            raise InputError(f"scale={scale!r}", accepted="a number above 0", fix="scale=10.0")
        self.num_negatives = num_negatives
        self.scale = scale
        self.gather_across_devices = gather_across_devices

    @property
    def takes_pairs(self) -> bool:
        """Whether the pairs follow from the rows of this process alone, and the loader's workers can make them."""
        return not self.gather_across_devices

    def candidates(self, inputs: Sequence[Sequence[Any]]) -> Candidates:
        """Each query with its positive, its negatives, and documents of other rows.

        Args:
            inputs: Columns of anchors, positives and negatives.

        Returns:
            The pairs, each row's positive first.

        Raises:
            InputError: If there is no positive.
        """
        if self.roles.fit(len(inputs)) is None:
            raise InputError(f"{len(inputs)} columns of inputs", accepted=str(self.roles))
        checked_lengths(inputs)
        anchors, *columns = inputs
        everywhere, first = columns_everywhere(columns, across_devices=self.gather_across_devices)
        pool = [document for column in everywhere for document in column]
        pairs: list[tuple[Any, Any]] = []
        drawn_for_all = in_batch_negatives(len(everywhere[0]), len(columns), self.num_negatives)
        others = drawn_for_all[first : first + len(anchors)]
        for row, anchor in enumerate(anchors):
            own = [column[row] for column in columns]
            pairs += [(anchor, document) for document in [*own, *(pool[place] for place in others[row])]]
        return Candidates(pairs, [len(columns) + len(drawn) for drawn in others])

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, K], the positive's first.
            labels: Not used.
            where: Not used: all rows have K candidates.

        Returns:
            A scalar.
        """
        del labels, where
        return positive_first(scores, self.scale)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        own = {"scale": self.scale, "num_negatives": self.num_negatives}
        return {**own, "gather_across_devices": self.gather_across_devices, **super().get_config_dict()}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return INFO_NCE
