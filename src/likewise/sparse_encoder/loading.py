"""A folder to the modules of a sparse encoder: its own, a plain masked language model, or a dense model.

Knows the files at the root; each module reads its own folder.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from likewise.errors import CheckpointError, ConfigError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models.mlm_transformer import MLMTransformer
from likewise.models.module import LoadContext
from likewise.models.module_loading import load_module
from likewise.models.pooling import Pooling
from likewise.models.registry import registered_name
from likewise.models.sparse_auto_encoder import SparseAutoEncoder
from likewise.models.splade_pooling import SpladePooling
from likewise.sentence_transformer.loading import LoadedModel, read_card
from likewise.sentence_transformer.module_list import MODULES_FILE, ModuleEntry, read_entries
from likewise.sentence_transformer.settings import SPARSE_FAMILY, ModelSettings

logger = logging.getLogger(__name__)

_SPARSE_MODULES = ("SpladePooling", "SparseAutoEncoder", "SparseStaticEmbedding")


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
        CheckpointError: If the folder is no model, or a file in it is wrong.
    """
    if name is not None and modules is not None:
        raise ConfigError("both model_name_or_path and modules were given", accepted="one of them")
    if name is None:
        named = modules if isinstance(modules, Mapping) else {str(at): each for at, each in enumerate(modules or ())}
        return LoadedModel(dict(named), {}, ModelSettings(), "", None)
    root = resolve_folder(
        str(name),
        token=context.token,
        cache_folder=context.cache_folder,
        revision=context.revision,
        local_files_only=context.local_files_only,
        trust_remote_code=context.trust_remote_code,
    )
    return _load(ModelFolder(root), context)


def _load(folder: ModelFolder, context: LoadContext) -> LoadedModel:
    settings = ModelSettings.read(folder)
    if folder.find(MODULES_FILE) is None:
        return LoadedModel(_plain_masked_lm(folder, context), {}, settings, "", folder.path)
    entries = read_entries(folder)
    if settings.model_type == SPARSE_FAMILY or any(registered_name(entry.type) in _SPARSE_MODULES for entry in entries):
        modules = {entry.name: load_module(entry.type, folder.sub(entry.path), context) for entry in entries}
        kwargs = {entry.name: entry.kwargs for entry in entries if entry.kwargs}
        return LoadedModel(modules, kwargs, settings, read_card(folder), folder.path)
    return LoadedModel(_around_a_dense_model(folder, entries, context), {}, ModelSettings(), "", folder.path)


def _plain_masked_lm(folder: ModelFolder, context: LoadContext) -> dict[str, nn.Module]:
    if folder.find("config.json") is None:
        raise CheckpointError(
            f"{folder.path} holds neither {MODULES_FILE} nor config.json",
            accepted="a folder of a sparse encoder, or of a transformers model that fills masks",
            fix="check the path; a model is saved with model.save(path)",
        )
    logger.info("%s has no %s: its masked language model is used with SPLADE max pooling", folder.path, MODULES_FILE)
    return {"0": MLMTransformer.from_folder(folder, context), "1": SpladePooling("max")}


def _around_a_dense_model(
    folder: ModelFolder, entries: list[ModuleEntry], context: LoadContext
) -> dict[str, nn.Module]:
    """The encoder of a dense model, mean pooling, and a new autoencoder on top."""
    entry = next((entry for entry in entries if registered_name(entry.type) == "Transformer"), None)
    if entry is None:
        raise CheckpointError(
            f"{folder.path}: a dense model without a Transformer module", accepted="a folder of a sparse encoder"
        )
    body: Any = load_module(entry.type, folder.sub(entry.path), context)
    width: int = body.get_word_embedding_dimension()
    logger.warning(
        "%s is no sparse encoder: its transformers model gets mean pooling and a new SparseAutoEncoder, whose weights "
        "are random; embeddings mean nothing before training",
        folder.path,
    )
    return {
        "0": body,
        "1": Pooling(width, pooling_mode="mean"),
        "2": SparseAutoEncoder(width, hidden_dim=4 * width, k=max(1, width // 4), k_aux=max(1, width // 2)),
    }
