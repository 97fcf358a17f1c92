"""Data sets and loaders of examples, as older versions document them; for `model.fit`. One class a file."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "ContrastiveTensionDataLoader": "contrastive_tension_data_loader",
    "DenoisingAutoEncoderDataset": "denoising_auto_encoder_dataset",
    "NoDuplicatesDataLoader": "no_duplicates_data_loader",
    "ParallelSentencesDataset": "parallel_sentences_dataset",
    "SentenceLabelDataset": "sentence_label_dataset",
    "SentencesDataset": "sentences_dataset",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
