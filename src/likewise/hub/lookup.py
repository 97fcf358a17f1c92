"""The documented helpers that look into a model without loading it. Everything is found through `resolve`'s rules."""

from __future__ import annotations

import os
from pathlib import Path

from likewise.errors import ModelNotFoundError
from likewise.hub.cache import cache_root, checked_revision, find_snapshot, is_known_absent
from likewise.hub.completeness import MODULES_FILE
from likewise.hub.download import Repository
from likewise.hub.folder import ModelFolder
from likewise.hub.names import BUNDLED, repository_id
from likewise.hub.resolve import is_offline, local_folder, resolve_folder


def is_sentence_transformer_model(
    model_name_or_path: str,
    token: bool | str | None = None,
    cache_folder: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> bool:
    """Whether a model was saved by Sentence Transformers or likewise, rather than by transformers alone.

    Args:
        model_name_or_path: Local folder or hub id.
        token: Token for the hub.
        cache_folder: Where the hub cache lies.
        revision: Branch, tag or commit.
        local_files_only: Whether the network is out of bounds.

    Returns:
        Whether it has a `modules.json`.

    Raises:
        ModelNotFoundError: If the hub cannot be asked, or has no such model.

    Example:
        >>> import tempfile
        >>> is_sentence_transformer_model(tempfile.mkdtemp())
        False
    """
    path = load_file_path(
        model_name_or_path,
        MODULES_FILE,
        token=token,
        cache_folder=cache_folder,
        revision=revision,
        local_files_only=local_files_only,
    )
    return path is not None


def load_file_path(
    model_name_or_path: str,
    filename: str | Path,
    subfolder: str = "",
    token: bool | str | None = None,
    cache_folder: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> str | None:
    """Find one file of a model, and download it where that is needed and allowed.

    Args:
        model_name_or_path: Local folder or hub id.
        filename: The file's path within the model, or within `subfolder`.
        subfolder: A folder of the model.
        token: Token for the hub.
        cache_folder: Where the hub cache lies.
        revision: Branch, tag or commit.
        local_files_only: Whether the network is out of bounds.

    Returns:
        The file's path, or None if the model has no such file, or it is not in the cache and the network is out of
        bounds.

    Raises:
        UnsafePathError: If the path leads out of the model.
        ModelNotFoundError: If the hub cannot be reached, or has no such model.

    Example:
        >>> import tempfile
        >>> load_file_path(tempfile.mkdtemp(), "config.json") is None
        True
    """
    name = (Path(subfolder) / filename).as_posix()
    local = local_folder(model_name_or_path)
    if local is None and model_name_or_path == BUNDLED:
        local = resolve_folder(BUNDLED)
    if local is not None:
        found = ModelFolder(local).find(name)
        return None if found is None else str(found)
    repository = Repository(
        repository_id(model_name_or_path), checked_revision(revision), cache_root(cache_folder), token=token
    )
    snapshot = find_snapshot(repository.root, repository.repo_id, repository.revision)
    found = None if snapshot is None else ModelFolder(snapshot).find(name)
    is_absent = snapshot is not None and is_known_absent(snapshot, name)
    if found is None and not is_absent and not local_files_only and not is_offline():
        ModelFolder(repository.root).sub(name)  # refuses a path that leads out, before the hub is asked for it
        found = repository.fetch_file(name)
    return None if found is None else str(found)


def load_dir_path(
    model_name_or_path: str,
    subfolder: str,
    token: bool | str | None = None,
    cache_folder: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> str | None:
    """Find a folder of a model, and download the model where that is needed and allowed.

    Args:
        model_name_or_path: Local folder or hub id.
        subfolder: The folder's path within the model.
        token: Token for the hub.
        cache_folder: Where the hub cache lies.
        revision: Branch, tag or commit.
        local_files_only: Whether the network is out of bounds.

    Returns:
        The folder's path, or None if the model, or the folder in it, is not there.

    Raises:
        UnsafePathError: If the path leads out of the model.

    Example:
        >>> import tempfile
        >>> load_dir_path(tempfile.mkdtemp(), "1_Pooling") is None
        True
    """
    try:
        root = resolve_folder(
            model_name_or_path,
            token=token,
            cache_folder=cache_folder,
            revision=revision,
            local_files_only=local_files_only,
        )
    except ModelNotFoundError:
        if local_files_only or is_offline():
            return None
        raise
    path = ModelFolder(root).sub(subfolder).path
    return str(path) if os.path.isdir(path) else None
