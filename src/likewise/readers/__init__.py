"""Examples for training as older versions hold them, and readers of the file formats that the documentation uses.

Here: `InputExample`, and one reader a file. Not here: data sets with named columns, which new code trains on.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "InputExample": "input_example",
    "LabelSentenceReader": "label_sentence_reader",
    "NLIDataReader": "nli_data_reader",
    "PairedFilesReader": "paired_files_reader",
    "STSBenchmarkDataReader": "sts_data_reader",
    "STSDataReader": "sts_data_reader",
    "TripletReader": "triplet_reader",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
