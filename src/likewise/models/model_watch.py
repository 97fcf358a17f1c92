"""Keeps what is known about a model until it is changed. Does not know what is known, nor of which kind of model."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar, final

from torch import nn

from likewise.encoder.int8 import Int8Switch
from likewise.models.module_tree import ModuleTree


class Known(Protocol):
    """What is known about a model, as it was when it was looked at."""

    @property
    def tree(self) -> ModuleTree:
        """Tells whether the model still has the modules that it had."""


KnownT = TypeVar("KnownT", bound=Known)
KnownT_co = TypeVar("KnownT_co", bound=Known, covariant=True)


class Looks(Protocol[KnownT_co]):
    """Finds out what is to be known about a model."""

    def __call__(self, model: nn.Module, int8: Int8Switch) -> KnownT_co:
        """Look at a model."""


@final
class ModelWatch(Generic[KnownT]):
    """Keeps what is known about a model and looks again once it was changed. Copies and pickles look afresh.

    Args:
        looks: Finds out what is to be known; can be pickled.
        int8: Whether the model runs in int8 where it can; None makes a switch that is off.

    Example:
        >>> from likewise.models.packed_body import PackedBody
        >>> from transformers import BertConfig, BertModel
        >>> config = BertConfig(num_hidden_layers=1, hidden_size=8, num_attention_heads=1, vocab_size=9)
        >>> watch, model = ModelWatch(PackedBody.of), BertModel(config)
        >>> watch.look(model) is watch.look(model)
        True
    """

    def __init__(self, looks: Looks[KnownT], int8: Int8Switch | None = None) -> None:
        self.int8 = int8 or Int8Switch()
        self._looks = looks
        self._seen: KnownT | None = None

    def look(self, model: nn.Module) -> KnownT:
        """Say what is known about a model.

        Args:
            model: The model.

        Returns:
            What is known about it now.
        """
        seen = self._seen
        if seen is None or not seen.tree.is_still(model):
            seen = self._looks(model, self.int8)
            self._seen = seen
        return seen

    def __reduce__(self) -> tuple[type[ModelWatch[KnownT]], tuple[Looks[KnownT], Int8Switch]]:
        return ModelWatch, (self._looks, Int8Switch(self.int8.layers))
