"""Fine-tuning: the trainer and its arguments, samplers, the collator, and what watches a run.

Here: `SentenceTransformerTrainer` (`trainer`; what all families share: `base_trainer`), its arguments, and one file for
each thing it does: columns, data_checks, collator, dataloading, optimisation, checkpoint, loop_evaluation, and the
observers console, plot and recorder. Not here: losses (`likewise.losses`) and evaluators (`likewise.evaluation`).
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "BatchSamplers": "samplers",
    "ModelCardCallback": "recorder",
    "MultiDatasetBatchSamplers": "samplers",
    "SentenceTransformerDataCollator": "collator",
    "SentenceTransformerTrainer": "trainer",
    "SentenceTransformerTrainingArguments": "arguments",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
