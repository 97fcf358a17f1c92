"""A folder to the modules of a re-ranker.

Reads plain transformers folders, modular ones, generative models, adapters, and encoders without a head.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from torch import nn

from likewise.cross_encoder.settings import FAMILY, CrossEncoderSettings
from likewise.errors import CheckpointError, ConfigError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models.adapter_files import is_adapter, is_generative
from likewise.models.causal_transformer import CausalTransformer
from likewise.models.logit_score import LogitScore
from likewise.models.module import LoadContext
from likewise.models.module_loading import load_module
from likewise.models.registry import registered_name
from likewise.models.sequence_classifier import SequenceClassifier
from likewise.models.transformer_settings import GENERATING_TASK, SCORING_TASK, SETTINGS_FILES
from likewise.sentence_transformer.loading import read_card
from likewise.sentence_transformer.module_list import MODULES_FILE, ModuleEntry, read_entries

logger = logging.getLogger(__name__)

_GENERATIVE = "ForCausalLM"
# What generative re-rankers are asked to say.
_ANSWERS = ("yes", "no")


@final
@dataclass(frozen=True, slots=True)
class LoadedCrossEncoder:
    """What a folder holds.

    Args:
        modules: Module name to module, in order.
        forward_kwargs: Module name to the keyword arguments of `forward` that it takes.
        settings: Activation and prompts.
        card_text: The README of the folder, "" if there is none.
        folder: Where it was loaded from, None if it was not.
    """

    modules: Mapping[str, nn.Module]
    forward_kwargs: Mapping[str, list[str]] = field(default_factory=dict)
    settings: CrossEncoderSettings = field(default_factory=CrossEncoderSettings)
    card_text: str = ""
    folder: Path | None = None


def load_or_assemble(
    name: str | Path | None,
    modules: Iterable[nn.Module] | Mapping[str, nn.Module] | None,
    context: LoadContext,
    *,
    labels: int | None,
) -> LoadedCrossEncoder:
    """Load a model by name, or take the modules that the caller has built.

    Args:
        name: Local path or hub id, or None.
        modules: The modules, or None.
        context: What the caller decided.
        labels: How many scores a pair shall get; None takes what the folder has.

    Returns:
        Modules, settings and card.

    Raises:
        ConfigError: If not exactly one of name and modules is given, or `labels` contradicts the folder.
        CheckpointError: If the folder is no model, or a file in it is wrong.
    """
    if (name is None) == (modules is None):
        both = "neither model_name nor modules" if name is None else "both model_name and modules"
        raise ConfigError(both, accepted="one of them", fix="CrossEncoder('cross-encoder/ms-marco-MiniLM-L6-v2')")
    if modules is not None:
        named = modules if isinstance(modules, Mapping) else {str(at): each for at, each in enumerate(modules)}
        return LoadedCrossEncoder(dict(named))
    root = resolve_folder(
        str(name),
        token=context.token,
        cache_folder=context.cache_folder,
        revision=context.revision,
        local_files_only=context.local_files_only,
        trust_remote_code=context.trust_remote_code,
    )
    return _load(ModelFolder(root), context, labels)


def _load(folder: ModelFolder, context: LoadContext, labels: int | None) -> LoadedCrossEncoder:
    if folder.find(MODULES_FILE) is None:
        modules = _of_plain_folder(folder, context, labels)
        return LoadedCrossEncoder(modules, {}, CrossEncoderSettings.read(folder), read_card(folder), folder.path)
    settings, entries = CrossEncoderSettings.read(folder), read_entries(folder)
    if settings.model_type != FAMILY:
        return _around_another_family(folder, entries, settings.model_type, context, labels)
    modules = {entry.name: _load_entry(folder, entry, context, labels) for entry in entries}
    kwargs = {entry.name: entry.kwargs for entry in entries if entry.kwargs}
    return LoadedCrossEncoder(modules, kwargs, settings, read_card(folder), folder.path)


def _of_plain_folder(folder: ModelFolder, context: LoadContext, labels: int | None) -> dict[str, nn.Module]:
    config = folder.config("config.json", optional=True)
    adapted = is_adapter(folder)
    if not adapted and folder.find("config.json") is None:
        raise CheckpointError(
            f"{folder.path} holds neither {MODULES_FILE} nor config.json",
            accepted="a folder of a cross-encoder or of a transformers model",
            fix="check the path; a model is saved with model.save(path)",
        )
    names = config.texts("architectures", default=None) or []
    generates = is_generative(folder) if adapted else any(name.endswith(_GENERATIVE) for name in names)
    if generates and labels in (None, 1):
        return _generative(folder, context)
    return {"0": SequenceClassifier.open(folder, context, labels=labels)}


def _generative(folder: ModelFolder, context: LoadContext) -> dict[str, nn.Module]:
    """A generative model, asked for a yes or a no."""
    body = CausalTransformer.from_folder(folder, context)
    vocabulary = body.tokenizer.get_vocab()
    missing = [word for word in _ANSWERS if word not in vocabulary]
    if missing:
        raise CheckpointError(
            f"{folder.path}: the tokenizer has no token {missing[0]!r}",
            accepted=f"a generative re-ranker that answers {' or '.join(map(repr, _ANSWERS))}",
            fix="CrossEncoder(modules=[CausalTransformer(path), LogitScore(true_token_id, false_token_id)]), or a new "
            "head, to be trained: num_labels=2",
        )
    return {"0": body, "1": LogitScore(*(vocabulary[word] for word in _ANSWERS))}


def _load_entry(folder: ModelFolder, entry: ModuleEntry, context: LoadContext, labels: int | None) -> nn.Module:
    inside = folder.sub(entry.path)
    task = _task(inside) if registered_name(entry.type) == "Transformer" else None
    if task == SCORING_TASK:
        return SequenceClassifier.open(inside, context, labels=labels)
    if task == GENERATING_TASK:
        return CausalTransformer.from_folder(inside, context)
    return load_module(entry.type, inside, context)


def _task(folder: ModelFolder) -> str | None:
    return folder.config(*SETTINGS_FILES, optional=True).text("transformer_task", default=None)


def _around_another_family(
    folder: ModelFolder, entries: list[ModuleEntry], family: str, context: LoadContext, labels: int | None
) -> LoadedCrossEncoder:
    """A new head on the encoder of a model that makes embeddings."""
    entry = next((entry for entry in entries if registered_name(entry.type) == "Transformer"), None)
    if entry is None:
        raise CheckpointError(
            f"{folder.path}: a {family} without a Transformer module", accepted="a model with a transformers encoder"
        )
    logger.warning("%s was saved as a %s: only its transformers encoder is used", folder.path, family)
    body = SequenceClassifier.open(folder.sub(entry.path), context, labels=labels)
    return LoadedCrossEncoder({"0": body}, {}, CrossEncoderSettings(), "", folder.path)
