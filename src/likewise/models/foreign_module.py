"""Modules whose class is not ours: load and save by whichever contract they keep. Knows signatures, imports no code.

Two contracts are in use:
`load(input_path)` and `save(output_path)` up to v4; `load(model_name_or_path, subfolder, ...)`
and `save(output_path, safe_serialization=...)` from v5 on.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from torch import nn

from likewise.errors import CheckpointError, ConfigError, LikewiseError
from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext, Module


def load(kind: type, folder: ModelFolder, context: LoadContext) -> nn.Module:
    """Load a module of a foreign class.

    Args:
        kind: The class, whose code the caller trusts.
        folder: The module's folder.
        context: What the caller decided.

    Returns:
        The module.

    Raises:
        CheckpointError: If the class has no usable `load`, or it fails.
    """
    if issubclass(kind, Module) and inspect.getattr_static(kind, "load") is inspect.getattr_static(Module, "load"):
        return kind.from_folder(folder, context)
    loader = getattr(kind, "load", None)
    if not callable(loader):
        raise CheckpointError(f"{folder.path}: the class {kind.__name__} has no method `load`")
    try:
        module = loader(*_load_arguments(loader, folder), **_load_keywords(loader, folder, context))
    except LikewiseError:
        raise
    except Exception as error:
        raise CheckpointError(
            f"{folder.path}: {kind.__name__}.load failed: {type(error).__name__}: {error}",
            fix="the code came with the model: ask its author",
        ) from error
    if not isinstance(module, nn.Module):
        raise CheckpointError(
            f"{folder.path}: {kind.__name__}.load returned a {type(module).__name__}", accepted="a torch.nn.Module"
        )
    return module


def _parameters(function: Any) -> tuple[set[str], bool]:
    """Names of the parameters that may be passed by keyword, and whether there is a `**kwargs`."""
    parameters = inspect.signature(function).parameters.values()
    named = {each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    return named, any(each.kind is each.VAR_KEYWORD for each in parameters)


def _load_arguments(loader: Any, folder: ModelFolder) -> tuple[str]:
    takes_subfolder = "subfolder" in _parameters(loader)[0]
    return (str(folder.root if takes_subfolder else folder.path),)


def _load_keywords(loader: Any, folder: ModelFolder, context: LoadContext) -> dict[str, Any]:
    names, open_ended = _parameters(loader)
    hub = {"token": context.token, "revision": context.revision, "local_files_only": context.local_files_only}
    known: dict[str, Any] = {
        "subfolder": folder.inside,
        "cache_folder": context.cache_folder,
        **hub,
        "trust_remote_code": context.trust_remote_code,
        "model_kwargs": dict(context.model_kwargs),
        "processor_kwargs": dict(context.tokenizer_kwargs),
        "config_kwargs": dict(context.config_kwargs),
        "backend": "torch",
    }
    takes_all = open_ended and "subfolder" in names
    older = {"tokenizer_kwargs": dict(context.tokenizer_kwargs), "cache_dir": context.cache_folder}
    return {key: value for key, value in known.items() if takes_all or key in names} | {
        key: value for key, value in older.items() if key in names
    }


def save(module: nn.Module, target: Path, *, safe_serialization: bool) -> None:
    """Let a module write itself.

    Args:
        module: The module, ours or foreign.
        target: An existing directory.
        safe_serialization: Whether weights are safetensors, where the module lets one choose.

    Raises:
        ConfigError: If it has no method `save`.
    """
    saver = getattr(module, "save", None)
    if not callable(saver):
        raise ConfigError(
            f"{type(module).__name__} has no method `save`",
            accepted="modules of likewise.models, and classes with `save(output_path)`",
            fix="derive it from likewise.models.Module",
        )
    names, open_ended = _parameters(saver)
    if open_ended or "safe_serialization" in names:
        saver(str(target), safe_serialization=safe_serialization)
    else:
        saver(str(target))
