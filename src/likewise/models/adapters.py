"""PEFT adapters in a model folder: the base model that the adapter's file names, and the adapter put into its layers.

Works on the `peft` package itself; knows neither pooling nor tokenizers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise._optional import require
from likewise.errors import CheckpointError, ConfigError, MissingWeightsError, UnsafePathError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.weights import check_tensors, load_tensors
from likewise.models.adapter_control import activate, adapter_configs, only_active
from likewise.models.adapter_files import ADAPTER_CONFIG, ADAPTER_PICKLE, ADAPTER_WEIGHTS, is_adapter
from likewise.models.module import LoadContext
from likewise.models.quiet_transformers import quiet_transformers, translated_errors
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import load_model
from likewise.models.transformer_settings import TransformerSettings

logger = logging.getLogger(__name__)

BuildBase = Callable[[ModelFolder, TransformerSettings, LoadContext], Any]
BASE_OPTION = "base_model_name_or_path"
# What PEFT puts before the names of the base model's weights in a file.
_PREFIX = "base_model.model."
_TYPES = ("LORA", "IA3", "LOHA", "LOKR")
# Other settings make PEFT import modules by name, run an initialisation, or replicate layers.
_SETTINGS = frozenset(
    {
        "alpha", "alpha_pattern", "bias", "decompose_both", "decompose_factor", "exclude_modules", "fan_in_fan_out",
        "feedforward_modules", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_bias", "lora_dropout",
        "module_dropout", "modules_to_save", "r", "rank_dropout", "rank_pattern", "target_modules", "task_type",
        "use_dora", "use_effective_conv2d", "use_rslora",
    }
)  # fmt: skip


def has_adapters(model: nn.Module) -> bool:
    """Whether adapters were put into a transformers model.

    Args:
        model: The model.

    Returns:
        True if it holds at least one adapter, active or not.
    """
    return bool(adapter_configs(model))


def stored_rows(folder: ModelFolder, endings: tuple[str, ...]) -> int | None:
    """Look among the weights of an adapter for a whole layer of the base model.

    Args:
        folder: The folder with the adapter's weights.
        endings: How the name of the layer's weight may end.

    Returns:
        Its first dimension, or None if the adapter has no such layer.
    """
    file = folder.first_of(ADAPTER_WEIGHTS, ADAPTER_PICKLE)
    if file is None:
        return None
    found = {name: tuple(tensor.shape) for name, tensor in load_tensors(file).items()}
    return next((shape[0] for name, shape in found.items() if name.endswith(endings) and "lora_" not in name), None)


def load_adapted_model(
    folder: ModelFolder, settings: TransformerSettings, context: LoadContext, build: BuildBase | None = None
) -> Any:
    """Load the base model that an adapter folder names, and put the adapter into it.

    Args:
        folder: The folder with `adapter_config.json`.
        settings: How to load the base model; its option `base_model_name_or_path` replaces what the file says.
        context: What the caller decided.
        build: Builds the base model of its folder; None builds the bare encoder.

    Returns:
        The transformers model with the adapter, named "default", active.

    Raises:
        CheckpointError: If the adapter is damaged or does not fit the base model.
        UnsafePathError: If the file names a local path as the base.
        MissingDependencyError: If `peft` is not installed.
    """
    options = dict(settings.model_options)
    base_name = options.pop(BASE_OPTION, None)
    reader = folder.config(ADAPTER_CONFIG)
    base = _base_folder(folder, reader, base_name, context)
    if is_adapter(base):
        raise CheckpointError(f"{reader.where}: {BASE_OPTION!r} names another adapter", accepted="a whole model")
    model = (build or _bare_encoder)(base, replace(settings, model_options=options), context)
    if base_name is None and not folder.find(f"{reader.text(BASE_OPTION)}/config.json"):
        model.config._name_or_path = model.name_or_path = reader.text(BASE_OPTION)
    put_adapter(model, folder)
    return model


def _bare_encoder(folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> Any:
    trust = context.trust_remote_code
    config = load_config(folder, settings.config_options, trust_remote_code=trust)
    return load_model(folder, config, settings.model_options, trust_remote_code=trust)


def put_adapter(model: nn.Module, folder: ModelFolder, name: str = "default") -> None:
    """Put the adapter of a folder into a transformers model, and make it active.

    Args:
        model: The base model; its layers are changed.
        folder: The folder with the adapter's configuration and weights.
        name: Name of the adapter.

    Raises:
        CheckpointError: If the adapter is damaged or does not fit the model.
    """
    peft = require("peft", extra="peft")
    reader = folder.config(ADAPTER_CONFIG)
    file = folder.first_of(ADAPTER_WEIGHTS, ADAPTER_PICKLE)
    if file is None:
        raise MissingWeightsError(
            f"{folder.path}: no adapter weights", accepted=f"{ADAPTER_WEIGHTS} or {ADAPTER_PICKLE}"
        )
    tensors = {key.removeprefix(_PREFIX): tensor for key, tensor in load_tensors(file).items()}
    with translated_errors(reader.where, "the adapter"):
        add_adapter(model, _peft_config(peft, reader), name)
        expected = adapter_state(model, name)
        check_tensors(expected, tensors, file)
        peft.set_peft_model_state_dict(model, {key: tensors[key] for key in expected}, adapter_name=name)
    model.eval()


def add_adapter(model: nn.Module, config: Any, name: str = "default") -> None:
    """Put a new adapter into a transformers model.

    Args:
        model: The base model; its layers are changed.
        config: A `peft.PeftConfig` that is no prompt learning.
        name: Name of the adapter, which becomes the active one.

    Raises:
        ConfigError: If the configuration is for prompt learning, or the name is taken.
    """
    peft = require("peft", extra="peft")
    if config.is_prompt_learning:
        raise ConfigError(
            f"the adapter's type is {config.peft_type}",
            accepted="adapters that go into layers, such as peft.LoraConfig",
        )
    if config.base_model_name_or_path is None:
        config.base_model_name_or_path = getattr(model, "name_or_path", None)
    if name in adapter_configs(model):
        raise ConfigError(f"the model has an adapter {name!r} already", fix="delete_adapter, or another adapter_name")
    peft.inject_adapter_in_model(config, model, name)
    # Both are what transformers itself sets, so that its own adapter methods go on from here.
    model._hf_peft_config_loaded = True  # type: ignore[assignment]
    if not has_adapters(model):
        model.peft_config = {name: config}  # type: ignore[assignment]
    activate(model, [name])


def save_adapter(model: nn.Module, path: Path, name: str | None = None, *, safe_serialization: bool = True) -> None:
    """Write one adapter, without the base model, in the form that PEFT reads.

    Args:
        model: The model with the adapter in it.
        path: An existing directory.
        name: Which adapter; None is the active one.
        safe_serialization: Whether weights are safetensors; False writes `adapter_model.bin`.

    Raises:
        ConfigError: If several are active and none is named.
    """
    from safetensors.torch import save_file

    configs: Mapping[str, Any] = model.peft_config  # type: ignore[assignment]
    chosen = name or only_active(model)
    if len(configs) > 1:
        logger.warning("of the adapters %s only %r is saved", sorted(configs), chosen)
    state = adapter_state(model, chosen)
    tensors = {_PREFIX + key: tensor.detach().cpu().contiguous() for key, tensor in state.items()}
    if safe_serialization:
        save_file(tensors, path / ADAPTER_WEIGHTS, metadata={"format": "pt"})
    else:
        torch.save(tensors, path / ADAPTER_PICKLE)
    with quiet_transformers():
        configs[chosen].save_pretrained(str(path))


def adapter_state(model: nn.Module, name: str, state: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """The weights of one adapter.

    Args:
        model: The model with the adapter in it.
        name: Which adapter.
        state: All weights of the model; None takes those that it has now.

    Returns:
        Name to tensor, without the adapter's name.
    """
    peft = require("peft", extra="peft")
    # Left to itself PEFT asks the hub whether the base model's vocabulary has been changed since.
    options = {"adapter_name": name, "save_embedding_layers": False}
    found: dict[str, Tensor] = peft.get_peft_model_state_dict(model, state_dict=state, **options)
    return found


def _peft_config(peft: Any, reader: ConfigReader) -> Any:
    kind = reader.text("peft_type", choices=_TYPES)
    settings = {key: value for key, value in reader.data.items() if key in _SETTINGS and value is not None}
    config_class = peft.PEFT_TYPE_TO_CONFIG_MAPPING[kind]
    known = config_class.__dataclass_fields__
    config = config_class(**{key: value for key, value in settings.items() if key in known})
    config.inference_mode = True
    config.base_model_name_or_path = reader.text(BASE_OPTION, default=None)
    return config


def _base_folder(folder: ModelFolder, reader: ConfigReader, given: str | None, context: LoadContext) -> ModelFolder:
    name: str = given if given is not None else reader.text(BASE_OPTION)
    if given is None:
        inside = re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name) and ".." not in name.split("/")
        if not inside:
            raise UnsafePathError(
                f"{reader.where}: {BASE_OPTION!r} is the local path {name!r}",
                accepted="a hub name, or a folder inside this one",
                fix=f"if that is the base model: model_kwargs={{{BASE_OPTION!r}: {name!r}}}",
            )
        if folder.find(f"{name}/config.json") is not None:
            return folder.sub(name)
    root = resolve_folder(
        name,
        token=context.token,
        cache_folder=context.cache_folder,
        revision=reader.text("revision", default=None) if given is None else None,
        local_files_only=context.local_files_only,
    )
    return ModelFolder(root)
