"""An encoder with a head, both without code of their own: what all kinds of heads share. Knows no head."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from torch import nn

from likewise.models.direct_body import DirectBody


class HeadSpec(Protocol):
    """What is known about a head."""

    @property
    def model_class(self) -> str:
        """Name of the transformers class that has such a head."""


HeadT = TypeVar("HeadT", bound=HeadSpec)


class DirectHeaded(nn.Module, Generic[HeadT]):
    """An encoder and a head under the names of their checkpoint; subclasses add the head.

    Args:
        body: The encoder.
        head: What is known about the head.
    """

    head_spec: HeadT

    def __init__(self, body: DirectBody, head: HeadT) -> None:
        super().__init__()
        self.config = body.config
        self.head_spec = head
        self.name_or_path = body.name_or_path
        self.add_module(self.prefix.removesuffix("."), body)

    @property
    def prefix(self) -> str:
        """What stands before the names of the encoder's weights."""
        return self.config.architecture.prefix

    @property
    def body(self) -> DirectBody:
        """The encoder."""
        body: DirectBody = self.get_submodule(self.prefix.removesuffix("."))  # type: ignore[assignment]
        return body

    @property
    def architecture(self) -> str:
        """Name of the transformers class that it stands for."""
        return self.head_spec.model_class

    def get_input_embeddings(self) -> nn.Module:
        """The word table."""
        return self.body.get_input_embeddings()

    def own_memory(self) -> None:
        """Take the weights out of the mapped file into memory of their own; see `DirectBody`."""
        self.body.own_memory()

    def extra_repr(self) -> str:
        """What is shown beside the parts."""
        return f"{self.architecture}, read without transformers"


def encoder_part(model: nn.Module) -> Any:
    """The bare encoder of a model with a head.

    Args:
        model: A `DirectHeaded` or a transformers model.

    Returns:
        A `DirectBody`, or a transformers model; the model itself if it has no such part.
    """
    return model.body if isinstance(model, DirectHeaded) else model.base_model
