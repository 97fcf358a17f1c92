"""Builds the masked language model of a folder, its weights checked. Knows no tokenizer."""

from __future__ import annotations

from typing import Any

from torch import nn

from likewise.errors import CheckpointError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.models import adapters
from likewise.models.adapter_files import is_adapter
from likewise.models.direct_masked_lm import load_direct_masked_lm
from likewise.models.module import LoadContext
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import USED_OPTIONS, load_remote_code, load_reported
from likewise.models.transformer_settings import TransformerSettings


def load_masked_lm(folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> nn.Module:
    """Load a masked language model, without transformers where that is possible.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        context: What the caller decided.

    Returns:
        A `DirectMaskedLM` or a transformers model, in evaluation mode.

    Raises:
        MissingWeightsError: If weights are missing, such as those of the head.
        CheckpointError: If the folder is damaged, or of an architecture without such a model.
    """
    if is_adapter(folder):
        adapted: nn.Module = adapters.load_adapted_model(folder, settings, context, _load_ordinary)
        return adapted
    direct = load_direct_masked_lm(folder, settings, trust_remote_code=context.trust_remote_code)
    return direct or _load_ordinary(folder, settings, context)


def _load_ordinary(folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> nn.Module:
    trust = context.trust_remote_code
    config = load_config(folder, settings.config_options, trust_remote_code=trust)
    options = {name: value for name, value in settings.model_options.items() if name not in USED_OPTIONS}
    if trust and getattr(config, "auto_map", None):
        from transformers import AutoModelForMaskedLM

        loaded: nn.Module = load_remote_code(folder, config, options, AutoModelForMaskedLM)
        return loaded
    model_class = _class_of(config, folder)
    try:
        model, _ = load_reported(folder, model_class, config, options, _is_unused)
    except MissingWeightsError as error:
        raise MissingWeightsError(
            f"{error}. A sparse encoder needs the masked-language-model head of {model_class.__name__}"
        ) from error
    found: nn.Module = model.eval()
    return found


def _is_unused(name: str) -> bool:
    return "pooler." in name


def _class_of(config: Any, folder: ModelFolder) -> Any:
    import transformers

    try:
        return transformers.MODEL_FOR_MASKED_LM_MAPPING[type(config)]
    except KeyError as error:
        raise CheckpointError(
            f"{folder.path / 'config.json'}: 'model_type' is {config.model_type!r}, of which transformers has no "
            "masked language model"
        ) from error
