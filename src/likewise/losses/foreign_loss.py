"""A loss that somebody wrote as a plain torch module, seen as a `Loss`.

It is run on embeddings that are already there: a copy of it gets a model that hands them out. Nothing is patched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

from torch import Tensor, nn

from likewise.errors import ConfigError, InputTypeError
from likewise.losses.loss import Loss, LossValue
from likewise.losses.model_swap import copy_with_model
from likewise.losses.roles import Label, Roles
from likewise.ops.column_batch import Features


def as_loss(loss: nn.Module) -> Loss:
    """See any loss as a `Loss`.

    Args:
        loss: A `Loss`, or a module whose `forward(sentence_features, labels)` calls its attribute `model`.

    Returns:
        The loss itself, or a view on it.

    Raises:
        InputTypeError: If it is not a loss.

    Example:
        >>> from likewise.losses import MultipleNegativesRankingLoss
        >>> loss = MultipleNegativesRankingLoss(nn.Identity())
        >>> as_loss(loss) is loss
        True
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, nn.Module) or loss._modules.get("model") is None:
        raise InputTypeError(
            f"a loss of type {type(loss).__name__}",
            accepted="a loss of likewise.losses, or a module with the model as its attribute `model`",
            fix="MultipleNegativesRankingLoss(model)",
        )
    return ForeignLoss(loss)


@final
class ForeignLoss(Loss):
    """A view on a loss that has no `compute`.

    Args:
        loss: A module whose `forward(sentence_features, labels)` calls its attribute `model`.

    Example:
        >>> import torch
        >>> class Length(nn.Module):
        ...     def __init__(self, model):
        ...         super().__init__()
        ...         self.model = model
        ...     def forward(self, sentence_features, labels):
        ...         return self.model(sentence_features[0])["sentence_embedding"].sum()
        >>> view = ForeignLoss(Length(nn.Identity()))
        >>> view.compute([torch.ones(2, 3)], ([{"input_ids": None}], None))
        tensor(6.)
    """

    roles: ClassVar[Roles] = Roles(("input",), more="input", label=Label.SCORE, label_optional=True)

    def __init__(self, loss: nn.Module) -> None:
        super().__init__(loss.get_submodule("model"))
        self.loss = loss

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> Any:
        """What the loss is called with: features and labels."""
        return list(sentence_features), labels

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> LossValue:
        """Run the loss on embeddings.

        Args:
            embeddings: [B, D] for each column.
            targets: Features and labels.

        Returns:
            What the loss returns.
        """
        features, labels = targets
        value: LossValue = copy_with_model(self.loss, _HandsOut(self.model, features, embeddings))(features, labels)
        return value


@final
class _HandsOut(nn.Module):
    """Stands for a model, and gives for the features of a column the embeddings that are there."""

    def __init__(self, model: nn.Module, features: Sequence[Features], embeddings: Sequence[Tensor]) -> None:
        super().__init__()
        # In a tuple, so that the model does not count as a part of this.
        self._stands_for = (model,)
        self._columns = list(zip(features, embeddings, strict=True))
        self._used: set[int] = set()

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Give the embeddings of a column; those of a column that stands there twice, one after the other."""
        del kwargs
        same = [place for place, (column, _) in enumerate(self._columns) if column is features]
        same = same or [place for place, (column, _) in enumerate(self._columns) if _share_a_tensor(column, features)]
        if same:
            place = next((each for each in same if each not in self._used), same[0])
            self._used.add(place)
            return {**features, "sentence_embedding": self._columns[place][1]}
        raise ConfigError(
            "a loss that embeds something else than the columns of the batch",
            accepted="inside another loss, one that calls self.model(features) for each of sentence_features",
            fix="write it as a likewise.losses.Loss, with compute(embeddings, targets)",
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._stands_for[0], name)


def _share_a_tensor(column: Features, features: Features) -> bool:
    """Whether one may be a copy of the other: a loss may copy the dictionary, but not its tensors."""
    tensors = [value for value in features.values() if isinstance(value, Tensor)]
    return any(value is tensor for value in column.values() for tensor in tensors)
