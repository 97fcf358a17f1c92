"""What the encode loop needs of a model: prepare, collate, forward. Holds the model and nothing of a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import torch

from likewise.encoding.foreign_input import ForeignInput
from likewise.models.keyed_input import keyed
from likewise.models.module import Features, InputModule, Prepared
from likewise.models.routed_input import Reader
from likewise.models.sequence import ModuleSequence


@final
@dataclass(frozen=True, slots=True)
class ModelPipeline:
    """Adapts a chain of modules to the encode loop.

    Args:
        model: The modules.
    """

    model: ModuleSequence

    @property
    def _reader(self) -> Reader:
        first = self.model._first_module()
        return keyed(list(self.model), first if isinstance(first, InputModule) else ForeignInput(first))

    def prepare(self, inputs: Sequence[Any], *, prompt: str, task: str | None) -> Prepared:
        """Tokenise inputs, without padding.

        Args:
            inputs: The inputs.
            prompt: Text put before each.
            task: "query", "document" or None.

        Returns:
            The tokenised inputs.
        """
        return self._reader.prepare(inputs, prompt=prompt, task=task)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs.

        Returns:
            The features, on the CPU.
        """
        return self._reader.collate(prepared, indices)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run the modules.

        Args:
            features: One batch, on the model's device.
            **kwargs: Keyword arguments for the modules.

        Returns:
            The features with the results added.
        """
        return self.model(features, **kwargs)  # type: ignore[no-any-return]

    def accepts(self, value: object) -> bool:
        """Whether the first module reads an input of this kind.

        Args:
            value: One input.

        Returns:
            Whether it does.
        """
        return self._reader.accepts(value)

    def to(self, device: str | torch.device) -> object:
        """Move the model.

        Args:
            device: Where to.

        Returns:
            The model.
        """
        return self.model.to(device)

    @property
    def device(self) -> torch.device:
        """Where the model's tensors are."""
        return self.model.device

    @property
    def max_length(self) -> Any:
        """Most tokens of an input that are read."""
        return self.model.max_seq_length
