"""Loads an encoder that runs packed without transformers, or leaves it to transformers. Knows no tokenizer.

Only a folder in which everything is as it should be is loaded here. For all others the answer is None: transformers
then loads what this does not know, and whatever is wrong is found and named by `likewise.models.transformer_loading`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from likewise.encoder.parts import Part
from likewise.errors import LikewiseError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import find_weights
from likewise.models.direct_architectures import Architecture
from likewise.models.direct_body import DirectBody
from likewise.models.direct_config import DirectConfig, read_direct_config
from likewise.models.direct_weights import DTYPES, MappedTensors, WeightPlace, are_finite, map_tensors, places_of
from likewise.models.transformer_loading import USED_OPTIONS, known_name, tell_surplus
from likewise.models.transformer_settings import TransformerSettings

_DTYPE_OPTIONS = ("dtype", "torch_dtype")
Choose = Callable[[Mapping[str, WeightPlace]], list[Part] | None]


def load_direct(folder: ModelFolder, settings: TransformerSettings, *, trust_remote_code: bool) -> DirectBody | None:
    """Load the encoder of a folder from its files alone.

    Args:
        folder: The folder with configuration and weights.
        settings: How to load it.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The encoder in evaluation mode, or None where transformers has to load it.
    """
    config = understood_config(folder, settings, trust_remote_code=trust_remote_code)
    found = None if config is None else read_parts(folder, config, settings, lambda named: _parts(config, list(named)))
    return None if config is None or found is None else DirectBody(config, *found, known_name(folder))


def understood_config(
    folder: ModelFolder, settings: TransformerSettings, *, trust_remote_code: bool
) -> DirectConfig | None:
    """Read the configuration of a folder, if nothing in it or in the settings needs transformers.

    Args:
        folder: The folder with the configuration.
        settings: How to load it.
        trust_remote_code: Whether code named by the folder may run.

    Returns:
        The configuration, or None where transformers has to load the folder.
    """
    if _options(settings).keys() - set(_DTYPE_OPTIONS):
        return None
    config = read_direct_config(folder, settings.config_options)
    return None if trust_remote_code and config is not None and "auto_map" in folder.config("config.json") else config


def read_parts(
    folder: ModelFolder,
    config: DirectConfig,
    settings: TransformerSettings,
    choose: Choose,
    aliases: Mapping[str, str] | None = None,
) -> tuple[list[Part], MappedTensors] | None:
    """Read the weights of a folder.

    Args:
        folder: The folder with the weights.
        config: Its configuration.
        settings: How to load it.
        choose: Says which parts to read, given the places by the model's names without the encoder's prefix.
        aliases: Names of the model to those of what they stand for, where the file does not have them.

    Returns:
        The parts and their tensors, or None where transformers has to load the folder.
    """
    try:
        return _read(folder, config, _options(settings), choose, aliases or {})
    except (LikewiseError, OSError, RuntimeError):
        return None


def _options(settings: TransformerSettings) -> dict[str, Any]:
    return {name: value for name, value in settings.model_options.items() if name not in USED_OPTIONS}


def _read(
    folder: ModelFolder, config: DirectConfig, options: Mapping[str, Any], choose: Choose, aliases: Mapping[str, str]
) -> tuple[list[Part], MappedTensors] | None:
    files = find_weights(folder)
    if not files or any(file.suffix != ".safetensors" for file in files):
        return None
    places = places_of(files)
    named = None if places is None else _by_own_name(places, config.architecture)
    parts = None if named is None else choose(named)
    if places is None or named is None or parts is None:
        return None
    same = {own: named[other] for own, other in aliases.items() if own not in named and other in named}
    wanted = _wanted(parts, {**named, **same})
    if wanted is None or not are_finite(wanted):
        return None
    dtype = _dtype(options, config, wanted)
    tensors = None if dtype is None else _tensors(wanted, dtype)
    if tensors is None:
        return None
    used = {(place.file, place.place.start, place.place.stop) for place in wanted.values()}
    unused = [
        name
        for name, at in places.items()
        if (at.file, at.place.start, at.place.stop) not in used
        and not wanted.keys() & set(_own_names(name, config.architecture))
    ]
    tell_surplus(unused, files[0])
    return parts, tensors


def _parts(config: DirectConfig, names: list[str]) -> list[Part] | None:
    """The parts of the encoder, and its pooler where the file has one."""
    pooler, width = config.architecture.pooler, config.spec.width
    if not any("pooler." in name for name in names):
        return list(config.parts)
    if pooler is None:
        return None
    return [*config.parts, Part(pooler, "linear", (width, width), biased=True)]


def _by_own_name(places: Mapping[str, WeightPlace], architecture: Architecture) -> dict[str, WeightPlace] | None:
    """The place of every tensor by the model's names; None if one is twice there, or cannot be taken apart."""
    by_name: dict[str, WeightPlace] = {}
    for name, place in places.items():
        names = _own_names(name, architecture)
        pieces = place.split(len(names))
        if pieces is None or by_name.keys() & set(names):
            return None
        by_name.update(zip(names, pieces, strict=True))
    return by_name


def _own_names(name: str, architecture: Architecture) -> tuple[str, ...]:
    return architecture.stored.own(_modern(name).removeprefix(architecture.prefix))


def _wanted(parts: list[Part], by_name: Mapping[str, WeightPlace]) -> dict[str, WeightPlace] | None:
    """The places of the parts; None if one is missing, or not as it should be."""
    wanted: dict[str, WeightPlace] = {}
    for part in parts:
        for name, shape in part.tensors().items():
            at = by_name.get(name)
            if at is None or at.place.shape != shape or at.place.dtype not in DTYPES:
                return None
            wanted[name] = at
    return wanted


def _modern(name: str) -> str:
    if name.endswith(".gamma"):
        return f"{name.removesuffix('.gamma')}.weight"
    return f"{name.removesuffix('.beta')}.bias" if name.endswith(".beta") else name


def _dtype(options: Mapping[str, Any], config: DirectConfig, wanted: Mapping[str, WeightPlace]) -> torch.dtype | None:
    """The data type that the weights shall have; None where transformers has to say."""
    asked = next((options[name] for name in _DTYPE_OPTIONS if options.get(name) is not None), "auto")
    if asked == "auto":
        first = next(iter(wanted.values())).place.dtype
        if any(at.place.dtype != first for at in wanted.values()):
            return None
        asked = config.dtype or DTYPES[first]
    if isinstance(asked, str):
        asked = getattr(torch, asked.removeprefix("torch."), None)
    return asked if asked in DTYPES.values() else None


def _tensors(wanted: Mapping[str, WeightPlace], dtype: torch.dtype) -> MappedTensors | None:
    mapped = map_tensors(wanted)
    if mapped is None or all(tensor.dtype == dtype for tensor in mapped.tensors.values()):
        return mapped
    tensors = {name: tensor.to(dtype) for name, tensor in mapped.tensors.items()}
    # What float32 holds may be infinite in float16.
    return MappedTensors(tensors) if all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()) else None
