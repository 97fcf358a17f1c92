"""Which rows make a batch, and which data set the next batch comes from. Each sampler is a function of seed and epoch.

Here: batches of one data set (`default`, `no_duplicates`, `group_by_label`), of several (`multi_dataset`), and the
names under which the training arguments know them (`names`).
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "BatchSamplers": "names",
    "DefaultBatchSampler": "default",
    "GroupByLabelBatchSampler": "group_by_label",
    "MultiDatasetBatchSamplers": "names",
    "MultiDatasetDefaultBatchSampler": "multi_dataset",
    "NoDuplicatesBatchSampler": "no_duplicates",
    "ProportionalBatchSampler": "multi_dataset",
    "RoundRobinBatchSampler": "multi_dataset",
    "SetEpochMixin": "epoch",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
