"""What a chain may ask of its modules beyond the contract, each as a small protocol. Knows no module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class HasDimension(Protocol):
    """A module that knows the width of the sentence embedding it makes (the documented method)."""

    def get_sentence_embedding_dimension(self) -> int | None:
        """Width of the sentence embedding."""


@runtime_checkable
class HasTokenizer(Protocol):
    """A first module with the documented attribute `tokenizer`."""

    tokenizer: Any


@runtime_checkable
class HasMaxLength(Protocol):
    """A first module with the documented attribute `max_seq_length`."""

    max_seq_length: Any


@runtime_checkable
class HasIncludePrompt(Protocol):
    """A pooling module: knows whether the tokens of a prompt count."""

    include_prompt: bool


@runtime_checkable
class HasAutoModel(Protocol):
    """A module around a transformers model."""

    auto_model: Any


@runtime_checkable
class HasActivationCheckpointing(Protocol):
    """A transformers model of a version that has the newer name of gradient checkpointing."""

    def activation_checkpointing_enable(self, activation_checkpointing_kwargs: Any = None, **options: Any) -> None:
        """Recompute activations in the backward pass."""


@runtime_checkable
class HasModalities(Protocol):
    """A first module that says what it reads; one that does not reads texts."""

    @property
    def modalities(self) -> Sequence[Any]:
        """Such as "text" and "image"; a tuple for inputs of several at once."""


@runtime_checkable
class HasProcessor(Protocol):
    """A first module with the documented attribute `processor`."""

    processor: Any


@runtime_checkable
class HasSentenceFeatures(Protocol):
    """A first module with the old method `get_sentence_features`."""

    def get_sentence_features(self, *features: Any) -> Any:
        """Features of one text."""


@runtime_checkable
class RunsPacked(Protocol):
    """A module that can say whether its transformers model runs packed."""

    def how_it_runs(self) -> Any:
        """What is known, with `encoder` (None where it runs padded) and `reason`."""
