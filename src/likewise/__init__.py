"""Sentence embeddings and re-ranking: load a model, encode text, compare, search, mine.

    from likewise import SentenceTransformer
    model = SentenceTransformer("likewise-mini")
    scores = model.similarity(model.encode(["A man is eating."]), model.encode(["Someone eats.", "It rains."]))

Here: the public names, each imported when it is first used, so that `import likewise` costs nothing. Where next:
`likewise.models` (pipeline modules), `likewise.util` (search and similarity), `likewise.quantization`, `likewise.cli`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from likewise._version import __version__

if TYPE_CHECKING:
    from likewise.cross_encoder.card import CrossEncoderModelCardData
    from likewise.cross_encoder.model import CrossEncoder
    from likewise.cross_encoder.trainer import CrossEncoderTrainer
    from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments
    from likewise.datasets import ParallelSentencesDataset, SentencesDataset
    from likewise.hub.card import SentenceTransformerModelCardData
    from likewise.logging_handler import LoggingHandler
    from likewise.quantization import quantize_embeddings
    from likewise.readers import InputExample
    from likewise.sentence_transformer.model import SentenceTransformer
    from likewise.similarity_functions import SimilarityFunction
    from likewise.sparse_encoder.card import SparseEncoderModelCardData
    from likewise.sparse_encoder.model import SparseEncoder
    from likewise.training.arguments import SentenceTransformerTrainingArguments
    from likewise.training.trainer import SentenceTransformerTrainer

_HOMES = {
    "CrossEncoder": "likewise.cross_encoder.model",
    "CrossEncoderModelCardData": "likewise.cross_encoder.card",
    "CrossEncoderTrainer": "likewise.cross_encoder.trainer",
    "CrossEncoderTrainingArguments": "likewise.cross_encoder.training_args",
    "InputExample": "likewise.readers",
    "LoggingHandler": "likewise.logging_handler",
    "ParallelSentencesDataset": "likewise.datasets",
    "SentenceTransformer": "likewise.sentence_transformer.model",
    "SentenceTransformerModelCardData": "likewise.hub.card",
    "SentenceTransformerTrainer": "likewise.training.trainer",
    "SentenceTransformerTrainingArguments": "likewise.training.arguments",
    "SentencesDataset": "likewise.datasets",
    "SimilarityFunction": "likewise.similarity_functions",
    "SparseEncoder": "likewise.sparse_encoder.model",
    "SparseEncoderModelCardData": "likewise.sparse_encoder.card",
    "quantize_embeddings": "likewise.quantization",
}

_PACKAGES = {
    *(
        "cross_encoder",
        "datasets",
        "errors",
        "evaluation",
        "losses",
        "model_card",
        "models",
        "quantization",
        "readers",
        "sampler",
        "search",
    ),
    *("similarity_functions", "sparse_encoder", "trainer", "training", "training_args", "util"),
}

__all__ = [
    "CrossEncoder",
    "CrossEncoderModelCardData",
    "CrossEncoderTrainer",
    "CrossEncoderTrainingArguments",
    "InputExample",
    "LoggingHandler",
    "ParallelSentencesDataset",
    "SentenceTransformer",
    "SentenceTransformerModelCardData",
    "SentenceTransformerTrainer",
    "SentenceTransformerTrainingArguments",
    "SentencesDataset",
    "SimilarityFunction",
    "SparseEncoder",
    "SparseEncoderModelCardData",
    "__version__",
    "quantize_embeddings",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _PACKAGES:
        return importlib.import_module(f"likewise.{name}")
    raise AttributeError(f"module 'likewise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
