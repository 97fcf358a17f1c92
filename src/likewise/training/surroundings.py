"""What a run leaves around itself: the project of its tracker, and a model as it was before accelerate prepared it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from torch import nn
from transformers import TrainerCallback
from transformers.integrations import WandbCallback

PROJECT = "sentence-transformers"


def name_wandb_project(callbacks: Iterable[TrainerCallback]) -> None:
    """Let runs that Weights & Biases tracks be in the documented project, unless another is named.

    Args:
        callbacks: The callbacks of a trainer.

    Example:
        >>> name_wandb_project([])
    """
    if any(isinstance(callback, WandbCallback) for callback in callbacks):
        # The callback of transformers reads the project from the environment alone.
        os.environ.setdefault("WANDB_PROJECT", PROJECT)


@contextmanager
def left_as_it_was(current: Callable[[], nn.Module | None]) -> Iterator[None]:
    """Take off, at the end, what accelerate put onto a model, which would compute in mixed precision ever after.

    Args:
        current: Gives the model that is trained; there may be none before, or another one after.

    Yields:
        Nothing. Afterwards the model is in evaluation mode.

    Example:
        >>> model = nn.Linear(1, 1)
        >>> with left_as_it_was(lambda: model):
        ...     model.forward = lambda x: x
        >>> "forward" in vars(model), model.training
        (False, False)
    """
    before = current()
    own = None if before is None else vars(before).get("forward")
    try:
        yield
    finally:
        model = current()
        if model is not None:
            for name in ("forward", "_original_forward", "_is_accelerate_prepared"):
                vars(model).pop(name, None)
            if own is not None and model is before:
                model.forward = own
            model.eval()
