"""A model name to a local folder."""

from __future__ import annotations

from pathlib import Path

from likewise.errors import ModelNotFoundError


def resolve_folder(
    name: str,
    *,
    token: str | bool | None = None,
    cache_folder: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> Path:
    """To be replaced by the hub implementation."""
    del token, cache_folder, revision, local_files_only
    path = Path(name)
    if not path.is_dir():
        raise ModelNotFoundError(f"no model {name!r}")
    return path
