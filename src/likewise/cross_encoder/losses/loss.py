"""The contract of a cross-encoder's loss: scores and labels in, a scalar out. Running the model is not its business.

A loss file holds the pure function (tensors in, scalar out: the paper's formula) and a thin class, whose constructor
takes the model as documented. The class says what columns it takes (`roles`), which pairs are scored (`candidates`),
and implements `compute`.

Legend: B rows of the batch, N pairs of all rows, K pairs of the longest row, L outputs of the model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.candidates import Candidates, padded
from likewise.cross_encoder.losses.logits import number_of_outputs, pair_logits
from likewise.errors import ConfigError, ShapeError
from likewise.losses.roles import Roles
from likewise.ops.column_batch import MiniBatches
from likewise.qualified_name import fullname

ONE_OUTPUT = "one output for each pair: a model with num_labels=1"


class CrossEncoderLoss(nn.Module, ABC):
    """A training objective of a cross-encoder.

    Args:
        model: The model to train.
        activation_fn: What its outputs go through before the objective; None for nothing.
        mini_batches: How pairs are scored in mini-batches (gradient caching); None scores all at once.

    Raises:
        ConfigError: If the loss takes one output for each pair and the model has several.

    Example:
        >>> import torch
        >>> from likewise.cross_encoder.losses.candidates import columns_to_pairs
        >>> class Positive(CrossEncoderLoss):
        ...     roles = Roles(("query", "document"))
        ...     def candidates(self, inputs):
        ...         return columns_to_pairs(inputs)
        ...     def compute(self, scores, labels, where):
        ...         return -scores.sum()
        >>> Positive(torch.nn.Identity()).objective(torch.tensor([[0.5], [1.0]]), [1, 1], None)
        tensor(-1.5000)
    """

    roles: ClassVar[Roles]
    one_output: ClassVar[bool] = True

    def __init__(
        self, model: nn.Module, activation_fn: nn.Module | None = None, mini_batches: MiniBatches | None = None
    ) -> None:
        super().__init__()
        outputs = number_of_outputs(model)
        if self.one_output and outputs is not None and outputs != 1:
            raise ConfigError(
                f"{type(self).__name__} for a model of {outputs} outputs",
                accepted=ONE_OUTPUT,
                fix="CrossEncoder(name, num_labels=1)",
            )
        self.model = model
        self.activation_fn = nn.Identity() if activation_fn is None else activation_fn
        self.mini_batches = mini_batches

    @property
    def takes_pairs(self) -> bool:
        """Whether the loader's workers make the pairs; else the loss makes them itself of the columns."""
        return True

    @abstractmethod
    def candidates(self, inputs: Sequence[Sequence[Any]]) -> Candidates:
        """Say which pairs are scored.

        Args:
            inputs: The columns of a batch, B inputs each.

        Returns:
            The pairs of each row.
        """

    @abstractmethod
    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: What the activation function gave, [B, K]; [B, L] for a loss on single pairs.
            labels: The labels, as the data has them.
            where: Where there is a pair, bool [B, K]; None for a loss on single pairs.

        Returns:
            A scalar.
        """

    def objective(self, logits_NL: Tensor, counts: Sequence[int], labels: Any) -> Tensor:
        """The objective of what the model gave.

        Args:
            logits_NL: Outputs of the model.
            counts: Pairs of each row.
            labels: The labels, as the data has them.

        Returns:
            A scalar.

        Raises:
            ShapeError: If the model has several outputs.
        """
        if logits_NL.shape[1] != 1:
            raise ShapeError(f"{logits_NL.shape[1]} outputs of the model for each pair", accepted=ONE_OUTPUT)
        scores_BK, where_BK = padded(self.activation_fn(logits_NL[:, 0]), counts)
        return self.compute(scores_BK, labels, where_BK)

    def forward(
        self,
        inputs: Sequence[Sequence[Any]],
        labels: Any = None,
        prompt: str | None = None,
        task: str | None = None,
    ) -> Tensor:
        """Score the pairs of a batch and compute the objective.

        Args:
            inputs: The columns of the batch, B inputs each.
            labels: The labels, if there are any.
            prompt: Text put before the queries.
            task: Route of the inputs, for models that have several.

        Returns:
            A scalar.
        """
        found = self.candidates(inputs)
        logits_NL = pair_logits(self.model, found.pairs, self.mini_batches, prompt=prompt, task=task)
        return self.objective(logits_NL, found.counts, labels)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {"activation_fn": fullname(self.activation_fn)}

    @property
    def citation(self) -> str:
        """BibTeX of the paper, "" where there is none."""
        return ""


def mini_batches_of(mini_batch_size: int | None, *, show_progress: bool = False) -> MiniBatches | None:
    """The mini-batches that the documented argument asks for.

    Args:
        mini_batch_size: Most pairs of a mini-batch; None, 0 or less scores all pairs at once.
        show_progress: Whether to show a progress bar.

    Returns:
        The mini-batches, whose activations are dropped and computed again in the backward pass; or None.

    Example:
        >>> mini_batches_of(None) is None, mini_batches_of(8).rows
        (True, 8)
    """
    if mini_batch_size is None or (isinstance(mini_batch_size, int) and mini_batch_size <= 0):
        return None
    return MiniBatches(rows=mini_batch_size, show_progress=show_progress)
