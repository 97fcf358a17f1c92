"""Evaluators of cross-encoders, under their documented names; each is imported when it is first used.

The `CrossEncoder...Evaluator` give metrics by name, the older `CE...Evaluator` one number. Both score pairs with
`model.predict` (`scoring.py`). Not here: metrics themselves, which are `likewise.evaluation.metrics`.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "CEBinaryAccuracyEvaluator": "ce_binary_accuracy",
    "CEBinaryClassificationEvaluator": "ce_binary_classification",
    "CECorrelationEvaluator": "ce_correlation",
    "CEF1Evaluator": "ce_f1",
    "CERerankingEvaluator": "ce_reranking",
    "CESoftmaxAccuracyEvaluator": "ce_softmax_accuracy",
    "CrossEncoderClassificationEvaluator": "classification",
    "CrossEncoderCorrelationEvaluator": "correlation",
    "CrossEncoderNanoBEIREvaluator": "nano_beir",
    "CrossEncoderRerankingEvaluator": "reranking",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"likewise.cross_encoder.evaluation.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'likewise.cross_encoder.evaluation' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
