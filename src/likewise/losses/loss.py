"""The contract of a loss: embeddings and labels in, a scalar out. Running the model is not its business.

A loss file holds the pure function (tensors in, scalar out: the paper's formula) and a thin class, whose constructor
takes the model as documented. The class says what columns it takes (`roles`) and implements `compute`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.losses.embedding import embed_columns, sentence_embeddings
from likewise.losses.roles import Roles
from likewise.ops.column_batch import Features, MiniBatches

LossValue = Tensor | dict[str, Tensor]


class Loss(nn.Module, ABC):
    """A training objective.

    Args:
        model: The model to train.
        mini_batches: How the batch is embedded in mini-batches (gradient caching); None embeds it at once.

    Example:
        >>> import torch
        >>> from likewise.losses.roles import Roles
        >>> class Distance(Loss):
        ...     roles = Roles(("first", "second"))
        ...     def compute(self, embeddings, targets):
        ...         return (embeddings[0] - embeddings[1]).norm(dim=1).mean()
        >>> Distance(torch.nn.Identity()).compute([torch.zeros(1, 2), torch.ones(1, 2)], None)
        tensor(1.4142)
    """

    roles: ClassVar[Roles]

    def __init__(self, model: nn.Module, mini_batches: MiniBatches | None = None) -> None:
        super().__init__()
        self.model = model
        self.mini_batches = mini_batches

    @abstractmethod
    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> LossValue:
        """The objective.

        Args:
            embeddings: [B, D] for each column.
            targets: What `targets` returned: the labels, unless the loss compares with something else.

        Returns:
            A scalar, or named parts whose sum is minimised.
        """

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> Any:
        """What embeddings are compared with, computed without gradients from the batch.

        Args:
            sentence_features: Features of each column.
            labels: The labels, or None.

        Returns:
            The labels; a loss with a guide or a teacher returns what that says.
        """
        del sentence_features
        return labels

    def embed(self, sentence_features: Sequence[Features]) -> list[Tensor]:
        """Embed all columns in one call of the model.

        Args:
            sentence_features: Features of each column.

        Returns:
            [B, D] for each column.
        """
        return sentence_embeddings(embed_columns(self.model, sentence_features, self.mini_batches))

    def forward(self, sentence_features: Iterable[Features], labels: Tensor | None = None) -> LossValue:
        """Embed a batch and compute the objective.

        Args:
            sentence_features: Features of each column, on the model's device.
            labels: The labels, if there are any.

        Returns:
            A scalar, or named parts.
        """
        columns = list(sentence_features)
        targets = self.targets(columns, labels)
        return self.compute(self.embed(columns), targets)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {}

    @property
    def citation(self) -> str:
        """BibTeX of the paper, "" where there is none."""
        return ""
