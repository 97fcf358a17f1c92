"""What losses on lists share: a query and its documents in each row, one label for each document.

Legend: B queries, K documents of the longest list.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.candidates import Candidates, lists_to_pairs
from likewise.cross_encoder.losses.labels import list_labels
from likewise.cross_encoder.losses.loss import CrossEncoderLoss, mini_batches_of
from likewise.losses.roles import Label, Roles


class ListLoss(CrossEncoderLoss, ABC):
    """Base of the losses that look at all documents of a query together.

    Args:
        model: The model to train, of one output.
        activation_fn: What its outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time; None, 0 or less scores all at once.
    """

    roles: ClassVar[Roles] = Roles(("query", "documents"), label=Label.SCORES, lists=("documents",))

    def __init__(self, model: nn.Module, activation_fn: nn.Module | None, mini_batch_size: int | None) -> None:
        super().__init__(model, activation_fn, mini_batches_of(mini_batch_size))

    def candidates(self, inputs: Sequence[Sequence[Any]]) -> Candidates:
        """Each query with each document of its list.

        Args:
            inputs: B queries and B lists of documents.

        Returns:
            The pairs.
        """
        return lists_to_pairs(inputs)

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, K].
            labels: A list of numbers for each query, or [B, K].
            where: Where there is a document, bool [B, K]; None for everywhere.

        Returns:
            A scalar.
        """
        where_BK = scores.new_ones(scores.shape).bool() if where is None else where
        return self.formula(scores, list_labels(labels, scores, where_BK), where_BK)

    @abstractmethod
    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """The pure function, with the settings of this loss.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        size = None if self.mini_batches is None else self.mini_batches.rows
        return {**super().get_config_dict(), "mini_batch_size": size}
