"""What a model shows of itself in its README. Knows modules; the text is made by `likewise.hub.card`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from likewise.hub.cache import origin_of
from likewise.hub.card import ModelFacts, SentenceTransformerModelCardData, make_card
from likewise.hub.front_matter import first_scalars
from likewise.models.module import Module

if TYPE_CHECKING:
    from likewise.sentence_transformer.model import SentenceTransformer


def card_text(model: SentenceTransformer, *, model_id: str | None, train_datasets: list[str] | None) -> str:
    """Write the README of a model.

    Args:
        model: The model.
        model_id: Its name on the hub, if it is known.
        train_datasets: Names of data sets it was trained on.

    Returns:
        The text.
    """
    length = model.max_seq_length
    facts = ModelFacts(
        modules=[(name, describe(module)) for name, module in model._chain()],
        embedding_dimension=model.get_sentence_embedding_dimension(),
        max_seq_length=int(length) if length is not None and math.isfinite(length) else None,
        similarity=model.similarity_fn_name,
        prompts={name: text for name, text in model.prompts.items() if text},
        parameters=sum(parameter.numel() for parameter in model.parameters()),
    )
    return make_card(
        model.model_card_data,
        facts,
        loaded_text=model.loaded_card,
        model_id=model_id,
        train_datasets=train_datasets,
    )


def note_origin(data: SentenceTransformerModelCardData, folder: Path | None, card: str) -> None:
    """Fill in which model was loaded, as the base of what it may become; what the user has said stays.

    Args:
        data: Metadata of the README; changed.
        folder: Where the model was loaded from, None if it was not.
        card: The README that it came with.
    """
    if folder is None or data.base_model is not None:
        return
    origin = origin_of(folder)
    if origin is not None:
        data.set_base_model(*origin)
    else:
        data.base_model = first_scalars(card, ["base_model"]).get("base_model")


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
