"""What a model of any family shows of itself, for its README and its description."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import nn

from likewise.hub.card_page import ModelFacts
from likewise.models.module import Module

if TYPE_CHECKING:
    from likewise.sentence_transformer.stored_model import StoredModel


def facts_of(model: StoredModel) -> ModelFacts:
    """Look at a model.

    Args:
        model: The model.

    Returns:
        What it shows.
    """
    length = model.max_seq_length
    return ModelFacts(
        modules=[(name, describe(module)) for name, module in model._chain()],
        max_length=int(length) if length is not None and math.isfinite(length) else None,
        prompts={name: text for name, text in model.prompts.items() if text},
        parameters=sum(parameter.numel() for parameter in model.parameters()),
    )


def describe(module: nn.Module) -> str:
    """Say in one line what a module is.

    Args:
        module: The module.

    Returns:
        Its class and its short settings.
    """
    settings = module.get_config_dict() if isinstance(module, Module) else {}
    short = {key: value for key, value in settings.items() if isinstance(value, bool | int | float | str)}
    named = ", ".join(f"{key}={value!r}" for key, value in short.items() if value is not False)
    return f"{type(module).__name__}({named})"
