"""What a local copy of a repository lacks for a load. Knows folders and what modules need; asks no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.hub.needs import PLAIN, ModuleNeeds, code_files, is_ours, missing_groups, needs_of
from likewise.hub.strict_json import read_json
from likewise.hub.weight_files import SAFE_NAME, find_weights

MODULES_FILE = "modules.json"
SETTINGS_FILE = "config_sentence_transformers.json"
_ROUTERS = {"Router": ("router_config.json", "config.json"), "Asym": ("config.json",)}
_MAX_DEPTH = 4


@final
@dataclass(frozen=True, slots=True)
class Gaps:
    """What a copy lacks.

    Args:
        required: Files without which it does not load.
        unknown: Groups of files of which the repository may have one, which would change how it loads.
    """

    required: tuple[str, ...] = ()
    unknown: tuple[tuple[str, ...], ...] = ()


def find_gaps(root: Path, is_known_absent: Callable[[str], bool], *, code: bool = False) -> Gaps:
    """Compare a copy with what a load needs.

    Args:
        root: The copy.
        is_known_absent: Whether the repository is known to have no such file.
        code: Whether the code that the model names is needed too.

    Returns:
        What is lacking. A copy whose `modules.json` is damaged lacks nothing: loading it says what is wrong.
    """
    folder = ModelFolder(root)
    try:
        modules = list(module_folders(folder))
        required, groups = _lacking(folder, modules)
        if code:
            groups += [(file,) for file in sorted(_named_code(folder, modules))]
    except CheckpointError:
        return Gaps()
    unknown = [group for group in groups if not any(map(folder.find, group)) and not all(map(is_known_absent, group))]
    return Gaps(tuple(required), tuple(unknown))


def module_folders(folder: ModelFolder) -> Iterator[tuple[str, str]]:
    """List the modules of a model, those inside routers included.

    Args:
        folder: The model's folder.

    Yields:
        (folder within the model, `type` string) of each; one plain transformer where there is no `modules.json`.

    Raises:
        CheckpointError: If a file is malformed, or a path leads out of the folder.
    """
    if folder.find(MODULES_FILE) is None:
        yield "", ""
        return
    path = folder.require(MODULES_FILE)
    entries = read_json(path)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CheckpointError(f"{path}: not a list of modules", accepted="a list of objects")
    for entry in entries:
        inside, kind = entry.get("path", ""), entry.get("type", "")
        if not isinstance(inside, str) or not isinstance(kind, str):
            raise CheckpointError(f"{path}: a 'path' or 'type' is no text", accepted="texts")
        yield from _with_inner(folder, folder.sub(inside).inside, kind, _MAX_DEPTH)


def _with_inner(folder: ModelFolder, inside: str, kind: str, depth: int) -> Iterator[tuple[str, str]]:
    yield inside, kind
    names = _ROUTERS.get(kind.rpartition(".")[2])
    here = folder.sub(inside)
    if names is None or depth == 0 or here.first_of(*names) is None:
        return
    types = here.config(*names).object("types", default=None)
    for name, inner in types.data.items() if types else ():
        if isinstance(inner, str):
            yield from _with_inner(folder, here.sub(name).inside, inner, depth - 1)


def _lacking(folder: ModelFolder, modules: list[tuple[str, str]]) -> tuple[list[str], list[tuple[str, ...]]]:
    required: list[str] = []
    groups: list[tuple[str, ...]] = [(MODULES_FILE,), (SETTINGS_FILE,)]
    if folder.find(MODULES_FILE) is None:
        groups = [(MODULES_FILE,)]
    for inside, kind in modules:
        needs = needs_of(kind) if kind else PLAIN
        lacking = missing_groups(_finder(folder), inside, needs.any_of)
        required += [group[0] for group in lacking]
        if needs.weights and not _has_weights(folder.sub(inside)):
            required.append(f"{inside}/{SAFE_NAME}".lstrip("/"))
        groups += missing_groups(_finder(folder), inside, needs.wanted)
    return required, groups


def _finder(folder: ModelFolder) -> Callable[[str], bool]:
    return lambda name: folder.find(name) is not None


def _has_weights(folder: ModelFolder) -> bool:
    if folder.find("adapter_config.json") is not None:
        return folder.first_of("adapter_model.safetensors", "adapter_model.bin") is not None
    try:
        return bool(find_weights(folder))
    except CheckpointError:
        return False


def _named_code(folder: ModelFolder, modules: list[tuple[str, str]]) -> set[str]:
    kinds: list[object] = [kind for _, kind in modules if not is_ours(kind)]
    for inside, _ in modules:
        config = folder.sub(inside).config("config.json", optional=True).data
        mapping = config.get("auto_map")
        kinds += mapping.values() if isinstance(mapping, dict) else ()
    return code_files(kinds)


__all__ = ["Gaps", "ModuleNeeds", "find_gaps", "module_folders"]
