"""Modules by route to folders and back, as Router and Asym store them. Knows the files, not how routes are chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from torch import nn

from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext
from likewise.models.module_loading import load_module, module_type_string, save_module

MAX_DEPTH = 4
MAX_MODULES = 64


def load_routes(config: ConfigReader, folder: ModelFolder, context: LoadContext) -> dict[str, list[nn.Module]]:
    """Load the modules of all routes.

    Args:
        config: Reader of the settings file: `types` {id: type} and `structure` {route: [ids]}.
        folder: The folder that holds it; each id is a folder in it.
        context: What the caller decided.

    Returns:
        Route -> its modules. An id that stands in several routes is loaded once.

    Raises:
        CheckpointError: If the settings are wrong, or routes are nested too deep.
    """
    if len(PurePosixPath(folder.inside).parts) > MAX_DEPTH:
        raise CheckpointError(f"{folder.path}: routes nested deeper than {MAX_DEPTH} levels")
    types, structure = config.object("types"), config.object("structure")
    if not 0 < len(structure.data) <= MAX_MODULES:
        raise config.fail("structure", structure.data, f"an object of 1 to {MAX_MODULES} routes")
    ids_of_route = {route: structure.texts(route) for route in structure.data}
    ids = list(dict.fromkeys(each for ids in ids_of_route.values() for each in ids))
    if len(ids) > MAX_MODULES:
        raise config.fail("structure", structure.data, f"at most {MAX_MODULES} modules")
    modules = {each: load_module(types.text(each), _sub_folder(folder, each), context) for each in ids}
    return {route: [modules[each] for each in ids] for route, ids in ids_of_route.items()}


def _sub_folder(folder: ModelFolder, name: str) -> ModelFolder:
    """The folder of an id: a real folder right below, so that routes cannot lead back to themselves."""
    if len(PurePosixPath(name).parts) != 1 or name in (".", ".."):
        raise CheckpointError(
            f"{folder.path}: the module id {name!r} is no name of a folder", accepted="such as 'query_0_Dense'"
        )
    sub = folder.sub(name)
    if sub.path.is_symlink():
        raise CheckpointError(f"{sub.path}: is a link", accepted="a folder")
    return sub


def save_routes(
    routes: Mapping[str, Sequence[nn.Module]],
    name_of: Callable[[str, int, int, nn.Module], str],
    parameters: Mapping[str, Any],
    target: Path,
    *,
    file_name: str,
    safe_serialization: bool,
) -> None:
    """Write the modules of all routes, each in a folder of its own, and the settings file.

    Args:
        routes: Route -> its modules. A module that stands in several routes is written once.
        name_of: Gives a module's id from its route, place in the route, number among all modules, and itself.
        parameters: Further settings.
        target: An existing directory.
        file_name: Name of the settings file.
        safe_serialization: Whether weights are safetensors.
    """
    ids: dict[nn.Module, str] = {}
    for route, modules in routes.items():
        for position, module in enumerate(modules):
            if module not in ids:
                ids[module] = name_of(route, position, len(ids), module)
    for module, name in ids.items():
        (target / name).mkdir(exist_ok=True)
        save_module(module, target / name, safe_serialization=safe_serialization, root=target)
    settings = {
        "types": {name: module_type_string(module) for module, name in ids.items()},
        "structure": {route: [ids[module] for module in modules] for route, modules in routes.items()},
        "parameters": dict(parameters),
    }
    (target / file_name).write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
