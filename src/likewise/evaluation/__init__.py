"""Evaluators: called with a model, they give its metrics under documented names.

Here: `SentenceEvaluator` (the contract) and one evaluator per file, each importable from this package and imported when
it is first used. `metrics/` holds the pure functions, `registry.py` the table of all evaluators, `plots/` pictures;
`encoded_once.py` lets several evaluations share one encoding, `dimensions.py` evaluates at several dimensions.
Not here: model classes (anything that encodes can be evaluated) and the command line (`likewise.cli.evaluate`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from likewise.evaluation.registry import HOMES

if TYPE_CHECKING:
    from likewise.evaluation.binary_classification import BinaryClassificationEvaluator
    from likewise.evaluation.embedding_similarity import EmbeddingSimilarityEvaluator
    from likewise.evaluation.evaluator import SentenceEvaluator
    from likewise.evaluation.information_retrieval import InformationRetrievalEvaluator
    from likewise.evaluation.label_accuracy import LabelAccuracyEvaluator
    from likewise.evaluation.mse import MSEEvaluator
    from likewise.evaluation.mse_from_dataframe import MSEEvaluatorFromDataFrame
    from likewise.evaluation.nano_beir import NanoBEIREvaluator
    from likewise.evaluation.paraphrase_mining import ParaphraseMiningEvaluator
    from likewise.evaluation.reranking import RerankingEvaluator
    from likewise.evaluation.sequential import SequentialEvaluator
    from likewise.evaluation.translation import TranslationEvaluator
    from likewise.evaluation.triplet import TripletEvaluator
    from likewise.similarity_functions import SimilarityFunction

_HOMES = {
    **HOMES,
    "SentenceEvaluator": "likewise.evaluation.evaluator",
    "SimilarityFunction": "likewise.similarity_functions",
}

__all__ = [
    "BinaryClassificationEvaluator",
    "EmbeddingSimilarityEvaluator",
    "InformationRetrievalEvaluator",
    "LabelAccuracyEvaluator",
    "MSEEvaluator",
    "MSEEvaluatorFromDataFrame",
    "NanoBEIREvaluator",
    "ParaphraseMiningEvaluator",
    "RerankingEvaluator",
    "SentenceEvaluator",
    "SequentialEvaluator",
    "SimilarityFunction",
    "TranslationEvaluator",
    "TripletEvaluator",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'likewise.evaluation' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
