"""`modules.json`: which modules a model folder has, in which order. Knows names and types, imports none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.strict_json import read_json

MODULES_FILE = "modules.json"
MAX_MODULES = 64


@final
@dataclass(frozen=True, slots=True)
class ModuleEntry:
    """One entry of `modules.json`.

    Args:
        name: Name of the module in the model.
        path: Its folder within the model.
        type: Its `type` string.
        kwargs: Keyword arguments of `forward` that it takes.
    """

    name: str
    path: str
    type: str
    kwargs: list[str]


def read_entries(folder: ModelFolder) -> list[ModuleEntry]:
    """Read `modules.json`.

    Args:
        folder: The model's folder.

    Returns:
        Its entries, in the order of their `idx`.

    Raises:
        CheckpointError: If the file is malformed, empty, or has two modules of one name.
    """
    path = folder.require(MODULES_FILE)
    data = read_json(path)
    if not isinstance(data, list) or not 0 < len(data) <= MAX_MODULES or not all(isinstance(e, dict) for e in data):
        raise CheckpointError(f"{path}: not a list of modules", accepted=f"a list of 1 to {MAX_MODULES} objects")
    readers = [ConfigReader(entry, path) for entry in data]
    readers = [
        reader
        for _, reader in sorted(
            enumerate(readers), key=lambda pair: (pair[1].integer("idx", high=10_000, default=pair[0]), pair[0])
        )
    ]
    entries = [_read_entry(reader, position) for position, reader in enumerate(readers)]
    names = [entry.name for entry in entries]
    if len(set(names)) != len(names):
        raise CheckpointError(f"{path}: two modules have one name: {names}", accepted="different names")
    return entries


def _read_entry(reader: ConfigReader, position: int) -> ModuleEntry:
    name = reader.text("name", default=str(position))
    if not name or "." in name or "/" in name or name.startswith("_"):
        raise reader.fail("name", name, "a name without '.' and '/', which does not start with '_'")
    return ModuleEntry(name, reader.text("path", default=""), reader.text("type"), reader.texts("kwargs", default=[]))
