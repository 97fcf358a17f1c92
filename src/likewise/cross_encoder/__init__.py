"""The re-ranker: `CrossEncoder`, which reads two texts together and scores the pair, and the few files behind it.

Here: `model` (the documented class), `loading` and `settings` (its folder), `pairs` (what a caller gives),
`predict_call` and `ranking` (documented arguments and results), `pipeline` (what the encode loop needs of a model);
`trainer`, `training_args`, `data_collator`, `label_checks` and `fit` (training); `losses` and `evaluation` as
documented. Not here: the loop itself, which is `likewise.encoding`, and the module that scores, which is
`likewise.models.sequence_classifier`.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "CrossEncoder": "model",
    "CrossEncoderDataCollator": "data_collator",
    "CrossEncoderModelCardData": "card",
    "CrossEncoderTrainer": "trainer",
    "CrossEncoderTrainingArguments": "training_args",
}
_PACKAGES = ("evaluation", "losses")

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    if name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
