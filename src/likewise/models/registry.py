"""Which class a `type` string of `modules.json` means. Names select from a table; nothing is imported by name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from likewise.models.module import Module

_FILES = {
    "Asym": "asym",
    "BoW": "bow",
    "CLIPModel": "clip_model",
    "CNN": "cnn",
    "Dense": "dense",
    "Dropout": "dropout",
    "LayerNorm": "layer_norm",
    "LSTM": "lstm",
    "MLMTransformer": "mlm_transformer",
    "LogitScore": "logit_score",
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
# What a folder calls a Transformer, and its file; the settings say which of them it is.
_WRITTEN_AS = {"CausalTransformer": "causal_transformer", "SequenceClassifier": "sequence_classifier"}
# Of later versions alone, which find it by its whole path.
_PATHS = {
    "LogitScore": "sentence_transformers.cross_encoder.modules.logit_score.LogitScore",
    "MLMTransformer": "sentence_transformers.sparse_encoder.models.MLMTransformer",
    "SparseAutoEncoder": "sentence_transformers.sparse_encoder.models.SparseAutoEncoder",
    "SparseStaticEmbedding": "sentence_transformers.sparse_encoder.models.SparseStaticEmbedding",
    "SpladePooling": "sentence_transformers.sparse_encoder.models.SpladePooling",
}
# Written by versions before 0.3, one class per architecture; each was a plain transformer.
_OLD_TRANSFORMERS = ("BERT", "XLNet", "RoBERTa", "DistilBERT", "ALBERT", "CamemBERT", "XLMRoBERTa", "T5")
_PACKAGES = ("sentence_transformers", "likewise", "pylate")


def registered_names() -> list[str]:
    """Names of all modules that a folder may ask for.

    Returns:
        The class names, sorted.
    """
    return sorted(_FILES)


def module_class(name: str) -> type[Module]:
    """Look a class up by its own name.

    Args:
        name: A class name such as "Pooling".

    Returns:
        The class.

    Raises:
        KeyError: If there is no module of that name.

    Example:
        >>> module_class("Pooling").__name__
        'Pooling'
    """
    return getattr(importlib.import_module(f"likewise.models.{_FILES[name]}"), name)  # type: ignore[no-any-return]


def registered_name(type_string: str) -> str | None:
    """Name the class that a `type` string means, without importing it.

    Args:
        type_string: In any spelling that a version of Sentence Transformers wrote.

    Returns:
        The class name, or None if the string does not name one of ours: it is then code of the folder.

    Example:
        >>> registered_name("sentence_transformers.models.RoBERTa"), registered_name("os.system")
        ('Transformer', None)
    """
    package, _, rest = type_string.partition(".")
    name = rest.rpartition(".")[2]
    if package not in _PACKAGES:
        return None
    if name in _OLD_TRANSFORMERS:
        return "Transformer"
    return name if name in _FILES else None


def find_class(type_string: str) -> type[Module] | None:
    """Look a class up by a `type` string, in any spelling that a version of Sentence Transformers wrote.

    Args:
        type_string: Such as "sentence_transformers.models.Pooling", or the longer paths of later versions.

    Returns:
        The class, or None if the string does not name one of ours: it is then code of the folder.

    Example:
        >>> find_class("sentence_transformers.sentence_transformer.modules.pooling.Pooling").__name__
        'Pooling'
        >>> find_class("os.system") is None
        True
    """
    name = registered_name(type_string)
    return None if name is None else module_class(name)


def type_string(module_type: type[Module]) -> str:
    """The `type` string to write for one of our modules, which every version that has it opens.

    Args:
        module_type: A registered class.

    Returns:
        Such as "sentence_transformers.models.Pooling".
    """
    name = module_type.__name__
    return _PATHS.get(name) or f"sentence_transformers.models.{'Transformer' if name in _WRITTEN_AS else name}"


def is_ours(kind: type) -> TypeGuard[type[Module]]:
    """Whether a class is one of the modules that a folder may ask for by name.

    Args:
        kind: The class.

    Returns:
        Whether it is that class itself; a subclass is code of its own.
    """
    name = kind.__name__
    if name in _WRITTEN_AS:
        return kind.__module__ == f"likewise.models.{_WRITTEN_AS[name]}"
    return kind.__module__.startswith("likewise.models.") and name in _FILES and module_class(name) is kind
