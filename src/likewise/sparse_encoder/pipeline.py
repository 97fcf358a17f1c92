"""What the encode loop needs of a sparse encoder: as of any chain of modules, with a limit on active dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, final

import torch
from torch import Tensor

from likewise.models.module import Features, Prepared
from likewise.models.sequence import ModuleSequence
from likewise.ops.sparse import select_max_active_dims
from likewise.sentence_transformer.pipeline import ModelPipeline

LIMIT = "max_active_dims"


@final
@dataclass(frozen=True, slots=True)
class SparsePipeline:
    """Adapts a chain of modules to the encode loop.

    Args:
        model: The modules.
    """

    model: ModuleSequence

    @property
    def _whole(self) -> ModelPipeline:
        return ModelPipeline(self.model)

    def prepare(self, inputs: Sequence[Any], *, prompt: str, task: str | None) -> Prepared:
        """Tokenise inputs, without padding; see `Pipeline`."""
        return self._whole.prepare(inputs, prompt=prompt, task=task)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch, on the CPU; see `Pipeline`."""
        return self._whole.collate(prepared, indices)

    def forward(self, features: Features, *, max_active_dims: int | None = None, **kwargs: Any) -> Features:
        """Run the modules.

        Args:
            features: One batch, on the model's device.
            max_active_dims: How many entries of an embedding are kept at most; None keeps all.
            **kwargs: Keyword arguments for the modules.

        Returns:
            The features with the results added.
        """
        if max_active_dims is not None:
            kwargs[LIMIT] = max_active_dims
        done: Features = self.model(features, **kwargs)
        embedding = done.get("sentence_embedding")
        if not isinstance(embedding, Tensor):
            return done
        return {**done, "sentence_embedding": cast("Tensor", select_max_active_dims(embedding, max_active_dims))}

    def accepts(self, value: object) -> bool:
        """Whether the first module reads an input of this kind."""
        return self._whole.accepts(value)

    def to(self, device: str | torch.device) -> object:
        """Move the model."""
        return self.model.to(device)

    @property
    def device(self) -> torch.device:
        """Where the model's tensors are."""
        return self.model.device

    @property
    def max_length(self) -> Any:
        """Most tokens of an input that are read."""
        return self.model.max_seq_length
