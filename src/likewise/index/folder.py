"""The folder of an index: its files, and `index.json`, which says what they are and how to know them again.

Written whole or not at all; read only if every file is as it was written. A file that grows may be longer than
`index.json` says: what is beyond was never finished. Knows no engine.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise.errors import CheckpointError, ModelNotFoundError, OutputError
from likewise.hub.atomic import recover, replace_folder
from likewise.hub.exchange import sync
from likewise.hub.strict_json import read_json

FORMAT = "likewise-index"
VERSION = 1
MANIFEST = "index.json"
FRESH_MANIFEST = f"{MANIFEST}.new"
_READ_AT_ONCE = 2**22
_AGAIN = "build the index again, or copy the whole folder again"


@final
@dataclass(frozen=True, slots=True)
class IndexFolder:
    """A folder that was read.

    Args:
        path: The folder.
        kind: Which index it holds.
        facts: What the index wrote about itself.
    """

    path: Path
    kind: str
    facts: Mapping[str, Any]


def write_index_folder(path: str | Path, kind: str, facts: Mapping[str, Any], fill: Callable[[Path], None]) -> None:
    """Write an index.

    Args:
        path: The folder; what is there is replaced when everything is written.
        kind: Which index this is.
        facts: What it needs to know to be read: values of JSON.
        fill: Writes its files into the folder that it is given.

    Raises:
        OutputError: If it cannot be written; what was there is intact.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "index"
        >>> write_index_folder(target, "exact", {"dim": 3}, lambda folder: None)
        >>> read_index_folder(target).facts["dim"]
        3
    """
    with fresh_index_folder(path) as fresh:
        fill(fresh)
        files = {
            file.relative_to(fresh).as_posix(): {"bytes": file.stat().st_size, "blake2b": checksum(file)}
            for file in sorted(fresh.rglob("*"))
            if file.is_file()
        }
        write_manifest(fresh, kind, facts, files)


@contextmanager
def fresh_index_folder(path: str | Path) -> Iterator[Path]:
    """Write the folder of an index anew: in place of the old one when the block ends without error.

    Files of the index that was there before go; others stay.

    Args:
        path: The folder.

    Yields:
        An empty folder, to be filled.

    Raises:
        OutputError: If it cannot be written; what was there is intact.
    """
    folder = Path(path)
    before = _files_before(folder)
    with replace_folder(folder) as fresh:
        yield fresh
        written = {file.relative_to(fresh).as_posix() for file in fresh.rglob("*") if file.is_file()}
    for name in sorted(before - written):
        (folder / name).unlink(missing_ok=True)


def write_manifest(folder: Path, kind: str, facts: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> None:
    """Say what is in the folder of an index: a reader, and a kill, find what was said before or this.

    Args:
        folder: The folder.
        kind: Which index this is.
        facts: What it needs to know to be read: values of JSON.
        files: Its files: for each `{"bytes": size, "blake2b": checksum}`, or `{"bytes": size, "grows": True}` for one
            that may be longer.

    Raises:
        OutputError: If it cannot be written.
    """
    manifest = {"format": FORMAT, "version": VERSION, "kind": kind, "facts": dict(facts), "files": dict(files)}
    manifest["blake2b"] = _fingerprint(manifest)
    # The caller holds a lock on the folder, if anybody else may write there.
    fresh = folder / FRESH_MANIFEST
    try:
        fresh.write_bytes(json.dumps(manifest, indent=1, allow_nan=False).encode())
        sync(fresh)
        os.replace(fresh, folder / MANIFEST)
        sync(folder)
    except OSError as error:
        raise OutputError(f"{folder / MANIFEST} cannot be written: {error.strerror or error}") from error


def read_index_folder(path: str | Path, *, verify: bool = True) -> IndexFolder:
    """Read what is written about an index, and check its files.

    Args:
        path: The folder.
        verify: Compare checksums too, some 1 GB a second; sizes are always compared.

    Returns:
        The folder, its kind and its facts.

    Raises:
        ModelNotFoundError: If there is no index.
        CheckpointError: If a file is missing, cut short or changed, or the folder is of another version.
    """
    folder = Path(path)
    recover(folder)
    manifest_file = folder / MANIFEST
    if not manifest_file.is_file():
        raise ModelNotFoundError(f"there is no index in {folder}: {MANIFEST} is missing", fix="index.save(path) first")
    manifest = read_json(manifest_file)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CheckpointError(f"{manifest_file} does not describe an index", accepted=f'"format": "{FORMAT}"')
    if manifest.get("version") != VERSION:
        raise CheckpointError(
            f"{manifest_file}: version {manifest.get('version')!r}",
            accepted=f"version {VERSION}",
            fix="build the index again, or read it with the version of likewise that wrote it",
        )
    kind, facts, files = manifest.get("kind"), manifest.get("facts"), manifest.get("files")
    if not isinstance(kind, str) or not isinstance(facts, dict) or not isinstance(files, dict):
        raise CheckpointError(f"{manifest_file}: kind, facts or files are missing or of the wrong type")
    if manifest.pop("blake2b", None) != _fingerprint(manifest):
        raise CheckpointError(f"{manifest_file} is not what was written: its checksum differs", fix=_AGAIN)
    for name, written in files.items():
        _check_file(folder, name, written, verify=verify)
    return IndexFolder(folder, kind, facts)


def checksum(file: Path) -> str:
    """A fingerprint of a file's bytes.

    Args:
        file: The file.

    Returns:
        BLAKE2b of 16 bytes, as 32 letters a to f and digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    with file.open("rb") as stream:
        while part := stream.read(_READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def _fingerprint(manifest: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(manifest, sort_keys=True).encode(), digest_size=16).hexdigest()


def _files_before(folder: Path) -> set[str]:
    """Files of the index that is in a folder; none, if that cannot be read."""
    try:
        names = read_json(folder / MANIFEST)["files"]
        return {name for name in names if _is_inside(folder, name)}
    except (OSError, CheckpointError, TypeError, KeyError):
        return set()


def _is_inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _check_file(folder: Path, name: str, written: Any, *, verify: bool) -> None:
    file = folder / name
    if not isinstance(written, dict) or not _is_inside(folder, name):
        raise CheckpointError(f"{folder / MANIFEST}: the entry of {name!r} is wrong")
    if not file.is_file():
        raise CheckpointError(f"{file} is missing", fix=_AGAIN)
    size, expected, grows = file.stat().st_size, written.get("bytes"), written.get("grows") is True
    if not isinstance(expected, int) or size < expected or (size > expected and not grows):
        raise CheckpointError(f"{file} has {size} bytes, {expected} were written", fix=_AGAIN)
    if verify and not grows and checksum(file) != written.get("blake2b"):
        raise CheckpointError(f"{file} is not what was written: its checksum differs", fix=_AGAIN)
