"""What the files of a re-ranker say: how many scores a pair gets, and by which activation. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from likewise.cli.module_facts import ModuleFacts
from likewise.cross_encoder.settings import FAMILY, CrossEncoderSettings
from likewise.encoder.supports import head_for, support_for
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.direct_config import completed
from likewise.sentence_transformer.module_list import MODULES_FILE
from likewise.sentence_transformer.settings import ModelSettings

SUFFIX = "ForSequenceClassification"
NOT_PACKED = "padded, through transformers: "


@final
@dataclass(frozen=True, slots=True)
class RerankerFacts:
    """What is special about a re-ranker.

    Args:
        labels: How many scores a pair gets, or None if the files do not say.
        activation: Name of the class that makes scores of logits.
    """

    labels: int | None
    activation: str


def is_reranker(folder: ModelFolder) -> bool:
    """Say whether a folder holds a re-ranker, with a head.

    Args:
        folder: The model's folder.

    Returns:
        True for one that was saved as a CrossEncoder, and for a plain transformers folder of a sequence classification
        model.

    Raises:
        CheckpointError: If a file that says so is wrong.
    """
    if folder.find(MODULES_FILE) is not None:
        return ModelSettings.read(folder).model_type == FAMILY
    config = folder.config("config.json", optional=True)
    return any(name.endswith(SUFFIX) for name in config.texts("architectures", default=[]))


def read_reranker(folder: ModelFolder, modules: Sequence[ModuleFacts]) -> RerankerFacts:
    """Read what is special about a re-ranker.

    Args:
        folder: Its folder.
        modules: Its modules, as `as_scoring` gives them.

    Returns:
        The facts.

    Raises:
        CheckpointError: If a file that says so is wrong.
    """
    stated = CrossEncoderSettings.read(folder).activation
    labels = modules[-1].width
    default = "Sigmoid" if labels == 1 else "Identity"
    return RerankerFacts(labels, stated.rpartition(".")[2] if stated else default)


def as_scoring(module: ModuleFacts, folder: ModelFolder) -> ModuleFacts:
    """What a module does in a re-ranker: a transformers model with a classification head makes scores.

    Args:
        module: The module, as it were in a model that makes embeddings.
        folder: Its folder.

    Returns:
        The same with the width of its head, and how it will run with it.
    """
    if module.kind != "Transformer" or module.problem:
        return module
    config = folder.config("config.json")
    if not any(name.endswith(SUFFIX) for name in config.texts("architectures", default=[])):
        return module
    return replace(module, kind="SequenceClassifier", width=_labels(config), runs=_runs(module.runs, config))


def _labels(config: ConfigReader) -> int:
    names = config.object("id2label", default=None)
    # transformers takes two where a file says nothing.
    return config.integer("num_labels", default=2) if names is None else len(names.data)


def _runs(encoder_runs: str, config: ConfigReader) -> str:
    whole = completed(config)
    spec = support_for(whole).spec
    if spec is None or head_for(whole, spec) is not None:
        return encoder_runs
    return f"{NOT_PACKED}the head has no packed form"
