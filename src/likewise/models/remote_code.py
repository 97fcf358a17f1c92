"""Classes that a model folder names in its own code: refused unless trusted. Knows names and files, no contract."""

from __future__ import annotations

import importlib
import logging
import re
from pathlib import Path, PurePosixPath
from typing import Any

from likewise.errors import CheckpointError, ConfigError, UntrustedCodeError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models.code_package import collect_sources, package_of, run_package
from likewise.models.module import LoadContext

logger = logging.getLogger(__name__)

_RESERVED = ("sentence_transformers", "likewise", "pylate")
_CLASS_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def is_reserved(type_string: str) -> bool:
    """Whether a `type` string belongs to a library whose modules are ours: it then never names code of a folder.

    Args:
        type_string: The string.

    Returns:
        Whether it does.
    """
    return type_string.partition(".")[0] in _RESERVED


def load_class(type_string: str, folder: ModelFolder, context: LoadContext) -> type:
    """Import a class that a model folder names.

    Args:
        type_string: "<file>.<Class>" of a file in the folder, "<org>/<repo>--<file>.<Class>" of one in another
            repository, or "package.module.Class" of an installed package.
        folder: The module's folder. The file is looked for in it, then in the folders around it up to the model's.
        context: What the caller decided.

    Returns:
        The class.

    Raises:
        UntrustedCodeError: If the caller does not trust the code.
        CheckpointError: If the name is malformed, or there is no such file, package or class.
        UnsafePathError: If the file lies outside the folder.
    """
    repository, _, name = type_string.rpartition("--")
    if not context.trust_remote_code:
        raise UntrustedCodeError(
            f"{folder.root} asks for the class {type_string!r}, which is code that comes with the model or its author",
            accepted="modules of likewise, unless you trust the code",
            fix="read the code, then SentenceTransformer(name, trust_remote_code=True)",
        )
    if not _CLASS_NAME.fullmatch(name) or is_reserved(name):
        raise CheckpointError(
            f"{folder.path}: the type {type_string!r}", accepted="'<file>.<Class>' or 'package.module.Class'"
        )
    if repository:
        folder = ModelFolder(_other_repository(repository, context))
    stem, _, class_name = name.rpartition(".")
    found = _find_file(folder, f"{stem}.py") if "." not in stem else None
    if found is not None:
        module: Any = run_package(collect_sources(found, f"{stem}.py"), f"{stem}.py", found.path)
    elif repository:
        raise CheckpointError(f"{folder.path / stem}.py: no such file, the type is {type_string!r}")
    else:
        module = _installed(stem, type_string, folder)
    kind = getattr(module, class_name, None)
    if not isinstance(kind, type):
        raise CheckpointError(f"{folder.path}: there is no class {class_name!r} in {stem!r} (type {type_string!r})")
    return kind


def _other_repository(name: str, context: LoadContext) -> Path:
    return resolve_folder(
        name,
        token=context.token,
        cache_folder=context.cache_folder,
        local_files_only=context.local_files_only,
        trust_remote_code=True,
    )


def _find_file(folder: ModelFolder, file: str) -> ModelFolder | None:
    """The innermost folder, from the module's own up to the model's, that holds a file."""
    inside = PurePosixPath(folder.inside)
    for path in (inside, *inside.parents):
        candidate = ModelFolder(folder.root, "" if str(path) == "." else str(path))
        if candidate.find(file) is not None:
            return candidate
    return None


def _installed(name: str, type_string: str, folder: ModelFolder) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise CheckpointError(
            f"{folder.path}: the type {type_string!r} cannot be imported: {type(error).__name__}: {error}",
            accepted=f"{name.split('.')[-1]}.py in the model folder, or an installed package",
        ) from error


def type_string_of(kind: type) -> str:
    """The `type` string to save for a foreign class.

    Args:
        kind: The class.

    Returns:
        "<file>.<Class>" for code that came with a model, else the full name of the class.
    """
    if package_of(kind) is not None:
        # The file lies beside the weights under its own name, also where its package was another one.
        return f"{kind.__module__.partition('.')[2]}.{kind.__name__}"
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__ == "__main__" or "<locals>" in name:
        logger.warning(
            "the class %s cannot be imported by name: the saved model will not load; move it to a file", name
        )
    return name


def save_code(kind: type, target: Path) -> None:
    """Copy the files of a class that came with a model; there is nothing to do for others.

    Args:
        kind: The class.
        target: The folder, an existing directory.

    Raises:
        ConfigError: If another module has written a different file of that name.
    """
    package = package_of(kind)
    for name, text in () if package is None else package.sources.items():
        path = target / name
        if path.exists() and path.read_bytes() != text.encode("utf-8"):
            raise ConfigError(
                f"two modules bring different files {name!r}", fix="rename one of the files, and save the model again"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
