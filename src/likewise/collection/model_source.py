"""The model of a collection: how it is found again, and whether it is the same. Knows no texts and no index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.collection.manifest import ModelSource
from likewise.errors import InputError
from likewise.index.inputs import METRICS
from likewise.index.protocol import Metric
from likewise.sentence_transformer.fingerprint import fingerprint
from likewise.sentence_transformer.model import SentenceTransformer


def load_model(folder: Path, source: ModelSource, loading: Mapping[str, Any]) -> SentenceTransformer:
    """Load the model of a collection.

    Args:
        folder: The collection.
        source: What it keeps of its model.
        loading: Keyword arguments of `SentenceTransformer`.

    Returns:
        The model.

    Raises:
        InputError: If the collection does not know where it is.
        CheckpointError: If it is not there, or a file of it is wrong.
    """
    if not source.name:
        raise InputError(
            f"{folder} does not say where its model is", fix="Collection.open(path, model), with the same model"
        )
    return SentenceTransformer(source.name, revision=source.revision, truncate_dim=source.truncate_dim, **loading)


def check_model(path: str | Path, source: ModelSource, model: SentenceTransformer) -> None:
    """Refuse a model whose embeddings are not those of a collection.

    Args:
        path: The collection.
        source: What it keeps of its model.
        model: The model.

    Raises:
        InputError: If it is another model, or has other settings.
    """
    found = fingerprint(model)
    if found != source.fingerprint:
        raise InputError(
            f"{path} was made with the model {source.name!r}, fingerprint {source.fingerprint}; "
            f"this one has the fingerprint {found}: its weights or settings differ",
            accepted="the same model: embeddings of different models cannot be compared",
            fix="name the model that it was made with, or build the collection again",
        )


def describe_model(model: SentenceTransformer, name: str, revision: str | None = None) -> ModelSource:
    """What a collection keeps of a model.

    Args:
        model: The model.
        name: Local folder, hub id or "likewise-mini"; "" if it has none.
        revision: Branch, tag or commit on the hub.

    Returns:
        How it is found again, and its fingerprint.
    """
    if name and Path(name).is_dir():
        name = str(Path(name).resolve())
    return ModelSource(name=name, revision=revision, truncate_dim=model.truncate_dim, fingerprint=fingerprint(model))


def metric_of(model: SentenceTransformer, metric: str | None = None) -> Metric:
    """How vectors are compared.

    Args:
        model: The model.
        metric: What was asked for; None goes by the model.

    Returns:
        The metric.

    Raises:
        InputError: If no index compares so.
    """
    name = metric or model.similarity_fn_name
    if name not in METRICS:
        raise InputError(f"the model compares by {name!r}", accepted=", ".join(METRICS), fix="name a metric")
    return name
