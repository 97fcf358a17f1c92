"""What modules around a checkpoint make of their arguments: which folder, and what the hub may do. Loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from typing import Any

from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models.module import LoadContext

_HUB_OPTIONS = ("token", "revision", "local_files_only")


def context_of(model_options: Mapping[str, Any], cache_dir: str | None) -> LoadContext:
    """Take what counts for all parts of a checkpoint from the keyword arguments of its model.

    Args:
        model_options: The keyword arguments; `trust_remote_code`, `token`, `revision` and `local_files_only` count.
        cache_dir: Where the hub cache lies.

    Returns:
        The context.

    Example:
        >>> context_of({"revision": "v1", "dtype": "float32"}, None).revision
        'v1'
    """
    hub = {name: model_options[name] for name in _HUB_OPTIONS if name in model_options}
    trust = bool(model_options.get("trust_remote_code", False))
    return replace(LoadContext(trust_remote_code=trust, cache_folder=cache_dir), **hub)


def resolved(name: str | PathLike[str], context: LoadContext) -> ModelFolder:
    """Find a checkpoint.

    Args:
        name: Local folder or hub name.
        context: What the caller decided.

    Returns:
        Its folder.

    Raises:
        ModelNotFoundError: If there is no such checkpoint.
    """
    root = resolve_folder(
        fspath(name),
        token=context.token,
        cache_folder=context.cache_folder,
        revision=context.revision,
        local_files_only=context.local_files_only,
        trust_remote_code=context.trust_remote_code,
    )
    return ModelFolder(root)
