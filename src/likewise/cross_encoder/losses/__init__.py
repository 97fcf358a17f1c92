"""Training objectives of cross-encoders, under their documented names; each is imported when it is first used.

Each file holds a pure function on scores, labels and where documents are, and a thin class. `loss.py` is the contract,
`candidates.py` says which pairs a batch asks for, `registry.py` is the table for tests.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "ADRMSELoss": "adr_mse",
    "BaseWeightingScheme": "weighting_schemes",
    "BinaryCrossEntropyLoss": "binary_cross_entropy",
    "CachedMultipleNegativesRankingLoss": "cached_multiple_negatives_ranking",
    "CrossEncoderLoss": "loss",
    "CrossEntropyLoss": "cross_entropy",
    "LambdaLoss": "lambda_loss",
    "LambdaRankScheme": "weighting_schemes",
    "ListMLELoss": "list_mle",
    "ListNetLoss": "list_net",
    "MarginMSELoss": "margin_mse",
    "MSELoss": "mse",
    "MultipleNegativesRankingLoss": "multiple_negatives_ranking",
    "NDCGLoss1Scheme": "weighting_schemes",
    "NDCGLoss2PPScheme": "weighting_schemes",
    "NDCGLoss2Scheme": "weighting_schemes",
    "NoWeightingScheme": "weighting_schemes",
    "PListMLELambdaWeight": "plist_mle",
    "PListMLELoss": "plist_mle",
    "RankNetLoss": "rank_net",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"likewise.cross_encoder.losses.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'likewise.cross_encoder.losses' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
