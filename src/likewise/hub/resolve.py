"""A model name to a local folder: a path, the bundled model, the hub cache, the hub, in this order.

A cached copy that holds everything a load reads is used without a word to the network. Knows nothing of modules.
"""

from __future__ import annotations

import importlib.resources
import logging
import os
from pathlib import Path

from likewise.errors import LikewiseError, ModelNotFoundError
from likewise.hub.atomic import recover
from likewise.hub.cache import cache_root, checked_revision, find_snapshot, is_known_absent
from likewise.hub.completeness import MODULES_FILE, Gaps, find_gaps
from likewise.hub.download import HubUnreachableError, Repository, resembling
from likewise.hub.names import BUNDLED, ORGANISATION, PLAIN_TRANSFORMERS, repository_id

logger = logging.getLogger(__name__)


def resolve_folder(
    name: str | os.PathLike[str],
    *,
    token: str | bool | None = None,
    cache_folder: str | os.PathLike[str] | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
    endpoint: str | None = None,
) -> Path:
    """Find a model, and download it where that is needed and allowed.

    Args:
        name: A folder; "likewise-mini"; a hub id; or a bare name, which means "sentence-transformers/<name>" unless it
            is one of the old transformers checkpoints such as bert-base-uncased.
        token: Token for the hub; None takes the one that the user has logged in with.
        cache_folder: Where the hub cache lies; None takes SENTENCE_TRANSFORMERS_HOME, else the default.
        revision: Branch, tag, full or shortened commit. Has no meaning for a local folder.
        local_files_only: Whether the network is out of bounds. HF_HUB_OFFLINE=1 says the same.
        trust_remote_code: Whether Python files of the repository are wanted too.
        endpoint: Address of the hub; None is the default.

    Returns:
        A local folder.

    Raises:
        ModelNotFoundError: If there is no such model here, or the hub has none or cannot be reached; the message says
            where it was looked for.
        OutputError: If a download cannot be stored.

    Example:
        >>> import tempfile
        >>> resolve_folder(tempfile.gettempdir()).is_dir()
        True
    """
    text = os.fspath(name)
    local = local_folder(text)
    if local is not None:
        return local
    if text == BUNDLED:
        return _bundled()
    repository = Repository(
        repository_id(text), checked_revision(revision), cache_root(cache_folder), token=token, endpoint=endpoint
    )
    return _cached_or_fetched(repository, offline=local_files_only or is_offline(), code=trust_remote_code)


def is_offline() -> bool:
    """Whether the environment says that the hub must not be asked (HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE).

    Returns:
        Whether it does.
    """
    from huggingface_hub import constants

    said = os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
    return said or bool(constants.HF_HUB_OFFLINE)


def local_folder(name: str) -> Path | None:
    """Find the local folder that a name means.

    Args:
        name: The name. A folder that a killed save had set aside is put back.

    Returns:
        The folder, or None if there is none of that name.

    Raises:
        ModelNotFoundError: If the name is empty, not printable, or that of a file.
    """
    if not name or not name.isprintable():
        raise ModelNotFoundError(f"the model name is {name!r}", accepted="a folder or a name such as 'likewise-mini'")
    path = Path(name)
    recover(path)
    if path.is_dir():
        return path
    if path.is_file():
        raise ModelNotFoundError(f"{name!r} is a file", accepted="the folder of a model", fix=f"{str(path.parent)!r}")
    return None


def _bundled() -> Path:
    path = Path(str(importlib.resources.files("likewise"))) / "assets" / BUNDLED
    if not path.is_dir():
        raise ModelNotFoundError(
            f"the bundled model is missing: {path}", fix="install likewise again, from a wheel or a whole checkout"
        )
    return path


def _cached_or_fetched(repository: Repository, *, offline: bool, code: bool) -> Path:
    snapshot = find_snapshot(repository.root, repository.repo_id, repository.revision)
    gaps = _gaps(snapshot, repository.repo_id, code=code) if snapshot is not None else Gaps((MODULES_FILE,))
    if snapshot is not None and not gaps.required and (offline or not gaps.unknown):
        logger.info("%s: using the cached copy %s, without asking the hub", repository.repo_id, snapshot)
        return snapshot
    if offline:
        raise _not_cached(repository, snapshot, gaps)
    try:
        fetched = repository.fetch(code=code)
    except HubUnreachableError as error:
        if snapshot is None or gaps.required:
            raise
        logger.warning("%s: using the cached copy %s; %s", repository.repo_id, snapshot, error)
        return snapshot
    _note_absent(repository, fetched, code=code)
    return fetched


def _gaps(snapshot: Path, repo_id: str, *, code: bool) -> Gaps:
    gaps = find_gaps(snapshot, lambda file: is_known_absent(snapshot, file), code=code)
    no_modules = (MODULES_FILE,) in gaps.unknown
    if no_modules and repo_id.startswith(f"{ORGANISATION}/"):
        # Its models all have the file. Without it, the body alone would load, and give other embeddings.
        return Gaps((MODULES_FILE, *gaps.required), gaps.unknown)
    if no_modules and repo_id in PLAIN_TRANSFORMERS:
        return Gaps(gaps.required, tuple(group for group in gaps.unknown if group != (MODULES_FILE,)))
    return gaps


def _note_absent(repository: Repository, snapshot: Path, *, code: bool) -> None:
    """Let the cache know what the repository does not have, so that the next load need not ask."""
    try:
        for group in _gaps(snapshot, repository.repo_id, code=code).unknown:
            for file in group:
                repository.fetch_file(file)
    except LikewiseError as error:
        logger.info("%s: %s", repository.repo_id, error)


def _not_cached(repository: Repository, snapshot: Path | None, gaps: Gaps) -> ModelNotFoundError:
    if snapshot is None:
        what = f"revision {repository.revision!r} of {repository.repo_id!r} is not in the cache {repository.root}"
    else:
        what = f"the cached copy {snapshot} lacks {', '.join(gaps.required[:4])}"
    return ModelNotFoundError(
        f"{what}, there is no folder of that name, and the network is out of bounds",
        accepted="a folder, a cached model, or 'likewise-mini'",
        fix="load it once without local_files_only and HF_HUB_OFFLINE"
        + resembling(repository.root, repository.repo_id),
    )
