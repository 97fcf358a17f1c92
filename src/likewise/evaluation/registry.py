"""The table of all evaluators, by name. Knows where they are, not what they do."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.evaluation.evaluator import SentenceEvaluator

HOMES = {
    "BinaryClassificationEvaluator": "likewise.evaluation.binary_classification",
    "EmbeddingSimilarityEvaluator": "likewise.evaluation.embedding_similarity",
    "InformationRetrievalEvaluator": "likewise.evaluation.information_retrieval",
    "LabelAccuracyEvaluator": "likewise.evaluation.label_accuracy",
    "MSEEvaluator": "likewise.evaluation.mse",
    "MSEEvaluatorFromDataFrame": "likewise.evaluation.mse_from_dataframe",
    "NanoBEIREvaluator": "likewise.evaluation.nano_beir",
    "ParaphraseMiningEvaluator": "likewise.evaluation.paraphrase_mining",
    "RerankingEvaluator": "likewise.evaluation.reranking",
    "SequentialEvaluator": "likewise.evaluation.sequential",
    "TranslationEvaluator": "likewise.evaluation.translation",
    "TripletEvaluator": "likewise.evaluation.triplet",
}
"""Name of each evaluator to the module that has it."""


def registered_names() -> list[str]:
    """Names of all evaluators.

    Returns:
        Class names, sorted.

    Example:
        >>> registered_names()[0]
        'BinaryClassificationEvaluator'
    """
    return sorted(HOMES)


def evaluator_class(name: str) -> type[SentenceEvaluator]:
    """Look an evaluator up.

    Args:
        name: Its class name.

    Returns:
        The class.

    Raises:
        InputError: If there is none of that name.

    Example:
        >>> evaluator_class("TripletEvaluator").__name__
        'TripletEvaluator'
    """
    if name not in HOMES:
        raise InputError(f"no evaluator {name!r}", accepted=", ".join(registered_names()))
    found: type[SentenceEvaluator] = getattr(importlib.import_module(HOMES[name]), name)
    return found
