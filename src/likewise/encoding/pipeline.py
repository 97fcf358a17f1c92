"""What the encode loop needs of a model, and nothing more. Knows no model class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from likewise.models.module import Features, Prepared


class Pipeline(Protocol):
    """A model as the encode loop sees it. Threads share it: no method may leave anything of a call behind on it.

    An implementation goes to worker processes by pickle, so it and all it holds must be picklable for a pool.
    """

    def prepare(self, inputs: Sequence[Any], *, prompt: str, task: str | None) -> Prepared:
        """Tokenise inputs, without padding; runs ahead of the model in a thread of its own.

        Args:
            inputs: The inputs, each of which `accepts` agreed to.
            prompt: Text put before each.
            task: "query", "document", the name of a route, or None.

        Returns:
            The tokenised inputs, in the same order.
        """
        ...

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which of its inputs make the batch, all of one group.

        Returns:
            The features, on the CPU.
        """
        ...

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Run all modules.

        Args:
            features: One batch, on the model's device.
            **kwargs: Keyword arguments for the modules.

        Returns:
            The features with the results added.
        """
        ...

    def accepts(self, value: object) -> bool:
        """Say whether one input is of a kind that the model reads.

        Args:
            value: The input.

        Returns:
            Whether it is.
        """
        ...

    def to(self, device: str | torch.device) -> object:
        """Move the model; a worker process does so once, before its first batch.

        Args:
            device: Where to.

        Returns:
            Whatever it likes.
        """
        ...

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        ...

    @property
    def max_length(self) -> int | float | None:
        """Most tokens of an input that are read; None is no limit."""
        ...
