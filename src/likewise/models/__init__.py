"""The pipeline modules, one per file, under their documented names.

Here: `Module` and `InputModule` (the contract), the first modules (Transformer, StaticEmbedding, BoW, WordEmbeddings,
CLIPModel, CausalTransformer, MLMTransformer, SparseStaticEmbedding, Router, Asym), what turns tokens into one vector
(Pooling, SpladePooling, WeightedLayerPooling, LSTM, CNN, WordWeights) and what follows (Dense, Normalize, LayerNorm,
Dropout, SparseAutoEncoder). Not here: the order of modules in a model, which `likewise.sentence_transformer` keeps.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "Asym": "asym",
    "BoW": "bow",
    "CLIPModel": "clip_model",
    "CNN": "cnn",
    "CausalTransformer": "causal_transformer",
    "Dense": "dense",
    "Dropout": "dropout",
    "InputModule": "module",
    "LSTM": "lstm",
    "LayerNorm": "layer_norm",
    "MLMTransformer": "mlm_transformer",
    "LogitScore": "logit_score",
    "Module": "module",
    "Normalize": "normalize",
    "Pooling": "pooling",
    "Router": "router",
    "SparseAutoEncoder": "sparse_auto_encoder",
    "SparseStaticEmbedding": "sparse_static_embedding",
    "SpladePooling": "splade_pooling",
    "StaticEmbedding": "static_embedding",
    "Transformer": "transformer",
    "WeightedLayerPooling": "weighted_layer_pooling",
    "WordEmbeddings": "word_embeddings",
    "WordWeights": "word_weights",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
