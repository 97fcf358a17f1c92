"""What a loss and its model say about the width of embeddings. Knows protocols, no loss and no model class."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from torch import nn

from likewise.losses.embedding import unwrapped


@runtime_checkable
class FixesWidth(Protocol):
    """A loss with parameters that fit embeddings of one width only."""

    @property
    def fixed_width(self) -> int | None:
        """The width, None if these settings leave it open."""


@runtime_checkable
class CutsTargets(Protocol):
    """A loss that compares embeddings number by number with its targets, so that both must be cut."""

    def cut_targets(self, targets: Any, width: int) -> Any:
        """What embeddings cut to their first `width` numbers are compared with."""


@runtime_checkable
class KnowsOutputDimension(Protocol):
    """A model that knows the width of what its `forward` gives, whatever `encode` makes of it."""

    def output_dimension(self) -> int | None:
        """The width, None if it is not known."""


@runtime_checkable
class KnowsDimension(Protocol):
    """A model with the documented method."""

    def get_sentence_embedding_dimension(self) -> int | None:
        """The width, None if it is not known."""


def model_width(model: nn.Module) -> int | None:
    """Width of the embeddings that a model gives in training.

    Args:
        model: A model, perhaps wrapped.

    Returns:
        The width, or None if the model does not say.

    Example:
        >>> model_width(nn.Identity()) is None
        True
    """
    inner: object = unwrapped(model)
    if isinstance(inner, KnowsOutputDimension):
        return inner.output_dimension()
    return inner.get_sentence_embedding_dimension() if isinstance(inner, KnowsDimension) else None


def fixed_width(loss: nn.Module) -> int | None:
    """The only width of embeddings that a loss can take.

    Args:
        loss: A loss.

    Returns:
        The width, or None if it takes any.

    Example:
        >>> fixed_width(nn.Identity()) is None
        True
    """
    given: object = loss
    return given.fixed_width if isinstance(given, FixesWidth) else None


def cut_targets(loss: nn.Module, targets: Any, width: int) -> Any:
    """Targets for embeddings that are cut to their first numbers.

    Args:
        loss: The loss that will compare them.
        targets: Its targets for whole embeddings.
        width: How many numbers are left.

    Returns:
        The targets as they are, unless the loss compares number by number.

    Example:
        >>> cut_targets(nn.Identity(), [1, 2, 3], 2)
        [1, 2, 3]
    """
    given: object = loss
    return given.cut_targets(targets, width) if isinstance(given, CutsTargets) else targets
