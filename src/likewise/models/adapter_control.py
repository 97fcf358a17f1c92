"""The adapters that are in a transformers model: which there are, which are active, on or off. Knows no file.

Works on the `peft` package itself: the methods of transformers need the newest version of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from likewise._optional import require
from likewise.errors import ConfigError


def adapter_configs(model: nn.Module) -> Mapping[str, Any]:
    """The adapters of a model.

    Args:
        model: The transformers model.

    Returns:
        Name to configuration; empty if it has none.
    """
    configs: Mapping[str, Any] = vars(model).get("peft_config") or {}
    return configs


def activate(model: nn.Module, names: Sequence[str]) -> None:
    """Make adapters the active ones; others stay in the model, unused.

    Args:
        model: The transformers model.
        names: Their names.

    Raises:
        ConfigError: If there is no such adapter.
    """
    configs = [_config_of(model, name) for name in names]
    inference = all(config.inference_mode for config in configs)
    functional = require("peft.functional", extra="peft")
    functional.set_adapter(model, list(names), inference_mode=inference)


def active_names(model: nn.Module) -> list[str]:
    """Names of the active adapters.

    Args:
        model: The transformers model.

    Returns:
        The names.

    Raises:
        ConfigError: If the model has no adapters.
    """
    for layer in _layers(model):
        active: list[str] = list(layer.active_adapters)
        return active
    raise _none(model)


def only_active(model: nn.Module) -> str:
    """Name of the active adapter.

    Args:
        model: The transformers model.

    Returns:
        The name.

    Raises:
        ConfigError: If the model has no adapters, or several are active.
    """
    names = active_names(model)
    if len(names) != 1:
        raise ConfigError(f"the active adapters are {names}", accepted="exactly one", fix="set_adapter(name)")
    return names[0]


def switch(model: nn.Module, *, on: bool) -> None:
    """Turn the active adapters on, or let the base model compute alone.

    Args:
        model: The transformers model.
        on: Whether they count.

    Raises:
        ConfigError: If the model has no adapters.
    """
    layers = list(_layers(model))
    if not layers:
        raise _none(model)
    for layer in layers:
        layer.enable_adapters(enabled=on)


def remove(model: nn.Module, name: str) -> None:
    """Take an adapter out of a model.

    Args:
        model: The transformers model.
        name: Its name.

    Raises:
        ConfigError: If there is no such adapter.
    """
    config = _config_of(model, name)
    prefixes = require("peft.tuners.tuners_utils", extra="peft").PEFT_TYPE_TO_PREFIX_MAPPING
    functional = require("peft.functional", extra="peft")
    functional.delete_adapter(model, name, prefix=prefixes[config.peft_type])
    remaining = {key: value for key, value in adapter_configs(model).items() if key != name}
    model.peft_config = remaining  # type: ignore[assignment]
    model._hf_peft_config_loaded = bool(remaining)  # type: ignore[assignment]


def _config_of(model: nn.Module, name: str) -> Any:
    configs = adapter_configs(model)
    if name not in configs:
        raise ConfigError(f"there is no adapter {name!r}", accepted=f"one of {sorted(configs)}")
    return configs[name]


def _layers(model: nn.Module) -> Iterator[Any]:
    if not adapter_configs(model):
        return
    tuners = require("peft.tuners.tuners_utils", extra="peft")
    kinds = (tuners.BaseTunerLayer, tuners.AuxiliaryTrainingWrapper)
    yield from (module for module in model.modules() if isinstance(module, kinds))


def _none(model: nn.Module) -> ConfigError:
    return ConfigError(
        f"the {type(model).__name__} has no adapters", fix="model.add_adapter(config) or model.load_adapter(path)"
    )
