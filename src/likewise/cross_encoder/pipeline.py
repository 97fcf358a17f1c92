"""What the encode loop needs of a re-ranker: pairs in, activated float32 scores out. Keeps nothing of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from likewise.errors import ConfigError, ShapeError
from likewise.models.module import Features, Prepared
from likewise.models.sequence import ModuleSequence
from likewise.sentence_transformer.pipeline import ModelPipeline

Activation = Callable[[Tensor], Tensor]


@final
@dataclass(frozen=True, slots=True)
class ScorePipeline:
    """Adapts a chain of modules that makes `scores` to the encode loop, which collects `sentence_embedding`.

    Args:
        model: The modules.
    """

    model: ModuleSequence

    def prepare(self, inputs: Sequence[Any], *, prompt: str, task: str | None) -> Prepared:
        """Tokenise pairs, without padding.

        Args:
            inputs: Pairs of texts.
            prompt: Text put before the first text of each.
            task: None.

        Returns:
            The tokenised pairs.
        """
        return ModelPipeline(self.model).prepare(inputs, prompt=prompt, task=task)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which pairs.

        Returns:
            The features, on the CPU.
        """
        return ModelPipeline(self.model).collate(prepared, indices)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Score one batch.

        Args:
            features: The batch, on the model's device.
            **kwargs: `activation`, applied to float32 scores [B, L], and `softmax`, whether a softmax over labels
                follows; others go to the modules.

        Returns:
            `sentence_embedding` float32 [B, L], the scores.
        """
        activation: Activation = kwargs.pop("activation")
        softmax: bool = kwargs.pop("softmax")
        logits_BL = scores_of(self.model(features, **kwargs))
        scores = activation(logits_BL if logits_BL.dtype == torch.float64 else logits_BL.float())
        if not isinstance(scores, Tensor) or scores.shape[:1] != logits_BL.shape[:1]:
            raise ShapeError(
                f"the activation made {_described(scores)} of logits {tuple(logits_BL.shape)}",
                accepted="a tensor with one row for each pair",
            )
        scores_BL = scores.reshape(len(scores), -1)
        if softmax and scores_BL.shape[1] > 1:
            scores_BL = scores_BL.softmax(1)
        return {"sentence_embedding": scores_BL}

    def accepts(self, value: object) -> bool:
        """Whether the first module reads an input of this kind.

        Args:
            value: One input.

        Returns:
            Whether it does.
        """
        return ModelPipeline(self.model).accepts(value)

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
        """Most tokens of a pair that are read."""
        return self.model.max_seq_length


def scores_of(features: Features) -> Tensor:
    """Take the scores that a chain of modules has made.

    Args:
        features: Features of one batch, after the model.

    Returns:
        Logits [B, L].

    Raises:
        ConfigError: If the model makes none.
    """
    scores = features.get("scores")
    if not isinstance(scores, Tensor):
        raise ConfigError(
            f"the model gives no 'scores', only {sorted(features)}",
            accepted="a chain one of whose modules makes 'scores'",
            fix="end it with models.Dense(width, 1, module_output_name='scores')",
        )
    return scores if scores.dim() == 2 else scores.reshape(len(scores), -1)


def _described(value: object) -> str:
    return f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
