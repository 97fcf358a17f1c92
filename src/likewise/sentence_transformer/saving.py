"""Modules and settings to a model folder, whole or not at all, in the form that every version opens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from likewise.errors import ConfigError
from likewise.hub.atomic import replace_folder
from likewise.models.module import Module
from likewise.models.module_loading import module_type_string, save_module
from likewise.sentence_transformer.module_list import MODULES_FILE


class FolderSettings(Protocol):
    """What a folder says about a model as a whole."""

    def write(self, folder: Path) -> None:
        """Write it.

        Args:
            folder: An existing directory, with the files of the modules.
        """


def save_model(
    path: str | Path,
    modules: Mapping[str, nn.Module],
    settings: FolderSettings,
    *,
    forward_kwargs: Mapping[str, Iterable[str]],
    card_text: str | None,
    safe_serialization: bool = True,
) -> None:
    """Save a model; a kill at any moment leaves the old folder or the new one.

    Args:
        path: The folder to write; replaced if it exists.
        modules: Module name to module, in order.
        settings: Prompts, similarity and so on.
        forward_kwargs: Module name to the keyword arguments of `forward` that it takes.
        card_text: Text of the README, or None to write none.
        safe_serialization: Whether weights are safetensors.

    Raises:
        ConfigError: If there are no modules.
        OutputError: If the folder cannot be written; the old one is intact then.
    """
    if not modules:
        raise ConfigError("the model has no modules to save", fix="SentenceTransformer(modules=[...])")
    with replace_folder(Path(path)) as folder:
        entries = []
        for position, (name, module) in enumerate(modules.items()):
            inside = module_path(position, module)
            target = folder / inside
            target.mkdir(exist_ok=True)
            save_module(module, target, safe_serialization=safe_serialization, root=folder)
            entries.append(_entry(position, name, inside, module, forward_kwargs.get(name, ())))
        _write_json(folder / MODULES_FILE, entries)
        settings.write(folder)
        if card_text is not None:
            (folder / "README.md").write_text(card_text, encoding="utf-8")


def module_path(position: int, module: nn.Module) -> str:
    """The folder of a module within the model.

    Args:
        position: Its place in the model.
        module: The module.

    Returns:
        "" (the root) for a first module that is saved there, else such as "1_Pooling".
    """
    in_root = isinstance(module, Module) and module.save_in_root and position == 0
    return "" if in_root else f"{position}_{type(module).__name__}"


def _entry(position: int, name: str, path: str, module: nn.Module, kwargs: Iterable[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"idx": position, "name": name, "path": path, "type": module_type_string(module)}
    if kwargs:
        entry["kwargs"] = sorted(kwargs)
    return entry


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
