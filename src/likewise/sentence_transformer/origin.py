"""Where a model comes from, as its README says."""

from __future__ import annotations

from pathlib import Path

from likewise.hub.cache import origin_of
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.front_matter import first_scalars


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
