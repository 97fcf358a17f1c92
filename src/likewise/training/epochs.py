"""Tells sampler and collator which epoch begins.

Of a run that is resumed within an epoch on several processes, nobody else does: transformers and
accelerate reach the sampler through what they put around it, and not through all of it.
"""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback
from transformers.trainer_callback import TrainerControl, TrainerState
from transformers.training_args import TrainingArguments


class EpochCallback(TrainerCallback):
    """Sets the epoch of the sampler and the collator that are trained with.

    Example:
        >>> from likewise.training.samplers import DefaultBatchSampler
        >>> callback = EpochCallback()
        >>> callback.sampler = DefaultBatchSampler(["a", "b"], 1, False)
        >>> callback.on_epoch_begin(None, TrainerState(epoch=2.0), TrainerControl())
        >>> callback.sampler.epoch
        2
    """

    def __init__(self) -> None:
        super().__init__()
        self.sampler: Any = None
        self.collator: Any = None

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Say which epoch it is."""
        del args, control, kwargs
        for told in (self.sampler, self.collator):
            tell = getattr(told, "set_epoch", None)
            if callable(tell):
                tell(int(state.epoch or 0))
