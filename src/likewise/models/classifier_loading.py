"""Builds the sequence classification model of a folder, its weights checked; a head that is missing is made new.

Knows no tokenizer.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from likewise.errors import CheckpointError, ConfigError
from likewise.hub.folder import ModelFolder
from likewise.models import adapters
from likewise.models.adapter_files import is_adapter
from likewise.models.direct_classifier import DirectClassifier, load_direct_classifier
from likewise.models.module import LoadContext
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import USED_OPTIONS, load_remote_code, load_reported
from likewise.models.transformer_settings import TransformerSettings

logger = logging.getLogger(__name__)

_SUFFIX = "ForSequenceClassification"
_RESHAPE = "ignore_mismatched_sizes"
# The last layer of heads in transformers.
_OUTPUTS = ("classifier.weight", "score.weight", "out_proj.weight")


def load_classifier(
    folder: ModelFolder, settings: TransformerSettings, context: LoadContext, *, labels: int | None
) -> nn.Module:
    """Load a sequence classification model, without transformers where that is possible.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        context: What the caller decided.
        labels: How many scores the head shall give; None takes what the folder has, or 1 where it has no head.

    Returns:
        A `DirectClassifier` or a transformers model, in evaluation mode.

    Raises:
        CheckpointError: If the folder is damaged, or of an architecture without such a model.
        ConfigError: If the folder has a head that gives another number of scores.
    """
    if is_adapter(folder):
        return _load_adapted(folder, settings, context, labels)
    direct: DirectClassifier | None = None
    if _RESHAPE not in settings.model_options:
        direct = load_direct_classifier(folder, settings, trust_remote_code=context.trust_remote_code)
    if direct is not None and labels in (None, direct.labels):
        return direct
    return _load_ordinary(folder, settings, labels, trust_remote_code=context.trust_remote_code)


def _load_adapted(
    folder: ModelFolder, settings: TransformerSettings, context: LoadContext, labels: int | None
) -> nn.Module:
    """Load the base model, with a head of the size of the adapter's where the adapter brings one."""
    brought = adapters.stored_rows(folder, _OUTPUTS)

    def build(base: ModelFolder, own: TransformerSettings, context: LoadContext) -> nn.Module:
        wanted, trust = brought if labels is None else labels, context.trust_remote_code
        if brought is None:
            return _load_ordinary(base, own, wanted, trust_remote_code=trust)
        own = replace(own, model_options={**own.model_options, _RESHAPE: True})
        return _load_ordinary(base, own, wanted, trust_remote_code=trust, is_replaced=True)

    adapted: nn.Module = adapters.load_adapted_model(folder, settings, context, build)
    return adapted


def label_count(model: nn.Module) -> int:
    """How many scores a model gives.

    Args:
        model: A `DirectClassifier` or a transformers model.

    Returns:
        The number, at least 1.
    """
    return model.labels if isinstance(model, DirectClassifier) else int(model.config.num_labels)  # type: ignore[union-attr, arg-type]


def _load_ordinary(
    folder: ModelFolder,
    settings: TransformerSettings,
    labels: int | None,
    *,
    trust_remote_code: bool,
    is_replaced: bool = False,
) -> nn.Module:
    config = load_config(folder, settings.config_options, trust_remote_code=trust_remote_code)
    has_head = any(name.endswith(_SUFFIX) for name in config.architectures or ())
    options = {name: value for name, value in settings.model_options.items() if name not in USED_OPTIONS}
    if has_head and labels is not None and labels != config.num_labels and not options.get(_RESHAPE):
        raise ConfigError(
            f"num_labels={labels}, but the head in {folder.path} gives {config.num_labels} scores",
            accepted=f"num_labels={config.num_labels} or None",
            fix=f"for a new head, to be trained: model_kwargs={{{_RESHAPE!r}: True}}",
        )
    if labels is not None or not has_head:
        config.num_labels = labels or 1
    if trust_remote_code and getattr(config, "auto_map", None):
        from transformers import AutoModelForSequenceClassification

        model: nn.Module = load_remote_code(folder, config, options, AutoModelForSequenceClassification)
        return model
    model_class = _class_of(config, folder)
    prefix = f"{model_class.base_model_prefix}."

    def is_head(name: str) -> bool:
        return not name.startswith(prefix) or name.startswith(f"{prefix}pooler")

    model, missing = load_reported(folder, model_class, config, options, is_head)
    _settle(model, missing, folder, is_replaced=is_replaced)
    return model


def _class_of(config: Any, folder: ModelFolder) -> Any:
    import transformers

    try:
        return transformers.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(config)]
    except KeyError as error:
        raise CheckpointError(
            f"{folder.path / 'config.json'}: 'model_type' is {config.model_type!r}, of which transformers has no "
            "sequence classification model"
        ) from error


def _settle(model: nn.Module, missing: list[str], folder: ModelFolder, *, is_replaced: bool) -> None:
    """Say what is new, unless an adapter brings it; it has the type and the mode of the rest."""
    model.eval()
    if missing:
        logger.log(
            logging.DEBUG if is_replaced else logging.WARNING,
            "%s has no weights for %s: they are new and random, and scores mean nothing before training",
            folder.path,
            ", ".join(missing),
        )
        dtype = next((each.dtype for name, each in model.named_parameters() if name not in missing), torch.float32)
        model.to(dtype)
