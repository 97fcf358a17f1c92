"""The hub cache on disk: where it lies, which snapshots it holds. Reads only, and never asks the network."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from likewise.errors import InputError

DEFAULT_REVISION = "main"
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,39}")


def cache_root(cache_folder: str | os.PathLike[str] | None = None) -> Path:
    """Say where the hub cache lies.

    Args:
        cache_folder: The caller's choice; None takes the environment variable SENTENCE_TRANSFORMERS_HOME, else the
            default of huggingface_hub (HF_HUB_CACHE, HF_HOME, ~/.cache/huggingface/hub).

    Returns:
        The folder; it need not exist.
    """
    chosen = cache_folder or os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    if chosen:
        return Path(chosen).expanduser()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def repository_folder(root: Path, repo_id: str) -> Path:
    """Where the cache keeps a repository.

    Args:
        root: The cache.
        repo_id: The repository, such as "owner/name".

    Returns:
        The folder; it need not exist.

    Example:
        >>> repository_folder(Path("hub"), "BAAI/bge-m3").as_posix()
        'hub/models--BAAI--bge-m3'
    """
    return root / f"models--{repo_id.replace('/', '--')}"


def find_snapshot(root: Path, repo_id: str, revision: str | None) -> Path | None:
    """Find the cached snapshot of a revision.

    Args:
        root: The cache.
        repo_id: The repository.
        revision: Branch, tag, full commit or the first 7 or more digits of one; None is "main".

    Returns:
        The snapshot's folder, or None if there is none.

    Raises:
        InputError: If the revision is no name of one.
    """
    name = checked_revision(revision)
    folder = repository_folder(root, repo_id)
    snapshots = folder / "snapshots"
    commit = name if _FULL_COMMIT.fullmatch(name) else _read_reference(folder / "refs" / name)
    if commit is not None:
        return snapshots / commit if (snapshots / commit).is_dir() else None
    if _SHORT_COMMIT.fullmatch(name) and snapshots.is_dir():
        found = [path for path in snapshots.iterdir() if path.name.startswith(name) and path.is_dir()]
        return found[0] if len(found) == 1 else None
    return None


def origin_of(snapshot: Path) -> tuple[str, str] | None:
    """Say which repository and commit a folder of the cache is a snapshot of.

    Args:
        snapshot: A folder.

    Returns:
        (repository id, commit), or None if it is no snapshot.

    Example:
        >>> origin_of(Path("hub/models--BAAI--bge-m3/snapshots") / ("0" * 40))
        ('BAAI/bge-m3', '0000000000000000000000000000000000000000')
        >>> origin_of(Path("my-model")) is None
        True
    """
    holder = snapshot.parent.parent.name
    if snapshot.parent.name != "snapshots" or not holder.startswith("models--"):
        return None
    return holder.removeprefix("models--").replace("--", "/", 1), snapshot.name


def is_known_absent(snapshot: Path, file: str) -> bool:
    """Whether the cache has noted that a snapshot's commit has no such file.

    Args:
        snapshot: The snapshot's folder.
        file: The file's path in the repository.

    Returns:
        Whether it has.
    """
    return (snapshot.parent.parent / ".no_exist" / snapshot.name / file).is_file()


def similar_names(root: Path, repo_id: str) -> list[str]:
    """Name cached repositories whose names resemble one.

    Args:
        root: The cache.
        repo_id: The repository that was looked for.

    Returns:
        At most three ids, best first.
    """
    try:
        folders = [path.name for path in root.iterdir() if path.name.startswith("models--")]
    except OSError:
        return []
    ids = [name.removeprefix("models--").replace("--", "/", 1) for name in folders]
    by_last_part = {each.rpartition("/")[2].lower(): each for each in sorted(ids)}
    found = difflib.get_close_matches(repo_id.rpartition("/")[2].lower(), by_last_part, n=3, cutoff=0.6)
    return [by_last_part[name] for name in found if by_last_part[name] != repo_id]


def checked_revision(revision: str | None) -> str:
    """Check the name of a revision, which becomes part of a path.

    Args:
        revision: The name, or None.

    Returns:
        The name; "main" for None.

    Raises:
        InputError: If it is no name of a revision.
    """
    name = DEFAULT_REVISION if revision is None else revision
    if not re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", name) or ".." in name or len(name) > 200:
        raise InputError(f"revision={revision!r}", accepted="a branch, a tag, or the full or shortened id of a commit")
    return name


def _read_reference(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            commit = file.read(64).decode("ascii", errors="replace").strip()
    except OSError:
        return None
    return commit if _FULL_COMMIT.fullmatch(commit) else None
