"""A model folder to modules and settings. Knows the files at the root; each module reads its own folder."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from torch import nn

from likewise.errors import CheckpointError, ConfigError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.weights import find_weights
from likewise.models.module import LoadContext
from likewise.models.module_loading import load_module
from likewise.sentence_transformer.module_list import MODULES_FILE, ModuleEntry, read_entries
from likewise.sentence_transformer.settings import FAMILY, ModelSettings

logger = logging.getLogger(__name__)

# What other families call the module that holds the encoder.
_BODIES = ("Transformer", "MLMTransformer")
MAX_CARD_BYTES = 4 * 2**20


@final
@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What a model folder holds.

    Args:
        modules: Module name to module, in order.
        forward_kwargs: Module name to the keyword arguments of `forward` that it takes.
        settings: Prompts, similarity and so on.
        card_text: The README of the folder, "" if there is none.
        folder: Where it was loaded from, None if it was not.
    """

    modules: dict[str, nn.Module]
    forward_kwargs: dict[str, list[str]]
    settings: ModelSettings
    card_text: str
    folder: Path | None


def load_or_assemble(
    name: str | Path | None, modules: Iterable[nn.Module] | Mapping[str, nn.Module] | None, context: LoadContext
) -> LoadedModel:
    """Load a model by name, or take the modules that the caller has built.

    Args:
        name: Local path or hub id, or None.
        modules: The modules, or None.
        context: What the caller decided.

    Returns:
        Modules, settings and card.

    Raises:
        ConfigError: If both are given.
    """
    if name is None:
        named = modules if isinstance(modules, Mapping) else {str(at): each for at, each in enumerate(modules or ())}
        return LoadedModel(dict(named), {}, ModelSettings(), "", None)
    if modules is not None:
        raise ConfigError("both model_name_or_path and modules were given", accepted="one of them")
    return load_model(str(name), context)


def load_model(name: str, context: LoadContext) -> LoadedModel:
    """Load a model from a local folder, the hub cache or the hub.

    Args:
        name: Local path, hub id, or "likewise-mini".
        context: What the caller decided.

    Returns:
        Modules, settings and card.

    Raises:
        ModelNotFoundError: If there is no such model.
        CheckpointError: If the folder is not a model, or a file in it is wrong.
    """
    root = resolve_folder(
        name,
        token=context.token,
        cache_folder=context.cache_folder,
        revision=context.revision,
        local_files_only=context.local_files_only,
        trust_remote_code=context.trust_remote_code,
    )
    folder = ModelFolder(root)
    settings = ModelSettings.read(folder)
    if folder.find(MODULES_FILE) is None:
        # The README of the body does not describe the model that is made around it.
        return LoadedModel(_plain_transformer(folder, context), {}, settings, "", root)
    entries = read_entries(folder)
    if settings.model_type != FAMILY:
        logger.warning("%s was saved as a %s: only its body is used, with mean pooling", name, settings.model_type)
        return LoadedModel(_body_of_another_family(folder, entries, context), {}, ModelSettings(), "", root)
    modules = {entry.name: load_module(entry.type, folder.sub(entry.path), context) for entry in entries}
    return LoadedModel(
        modules, {entry.name: entry.kwargs for entry in entries if entry.kwargs}, settings, read_card(folder), root
    )


def _body_of_another_family(
    folder: ModelFolder, entries: list[ModuleEntry], context: LoadContext
) -> dict[str, nn.Module]:
    """The encoder below a re-ranker's or a sparse model's head; its head, prompts and scoring are left out."""
    entry = next((entry for entry in entries if entry.type.rpartition(".")[2] in _BODIES), None)
    if entry is None:
        raise CheckpointError(
            f"{folder.path}: a model of another family without a transformer body",
            accepted=f"a module of type {' or '.join(_BODIES)}",
        )
    from likewise.models.pooling import Pooling
    from likewise.models.transformer import Transformer

    # The constructor, unlike loading, does not read which task the body was saved for.
    body = Transformer(
        folder.sub(entry.path).path,
        model_args={**context.model_kwargs, "trust_remote_code": context.trust_remote_code},
        tokenizer_args=context.tokenizer_kwargs,
        config_args=context.config_kwargs,
    )
    return {"0": body, "1": Pooling(body.get_word_embedding_dimension(), pooling_mode="mean")}


def _plain_transformer(folder: ModelFolder, context: LoadContext) -> dict[str, nn.Module]:
    if folder.find("config.json") is None:
        raise CheckpointError(
            f"{folder.path} holds neither {MODULES_FILE} nor config.json",
            accepted="a Sentence Transformers folder or a transformers folder",
            fix="check the path; a model is saved with model.save(path)",
        )
    if not find_weights(folder) and folder.find("adapter_config.json") is None:
        raise MissingWeightsError(
            f"{folder.path}: no weights", accepted="model.safetensors, its shards, or pytorch_model.bin"
        )
    body: Any = load_module("sentence_transformers.models.Transformer", folder, context)
    architectures = folder.config("config.json").texts("architectures", default=[])
    mode = "lasttoken" if any(name.endswith("ForCausalLM") for name in architectures) else "mean"
    logger.warning("%s has no %s: its body is used with %s pooling", folder.path, MODULES_FILE, mode)
    from likewise.models.pooling import Pooling

    return {"0": body, "1": Pooling(body.get_word_embedding_dimension(), pooling_mode=mode)}


def read_card(folder: ModelFolder) -> str:
    """Read the README of a model folder.

    Args:
        folder: The folder.

    Returns:
        Its text, "" if there is none or it is too large.
    """
    path = folder.find("README.md")
    if path is None or path.stat().st_size > MAX_CARD_BYTES:
        return ""
    return path.read_bytes().decode("utf-8", errors="replace")
