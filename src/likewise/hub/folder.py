"""Safe access to the files of one local model folder. Knows paths, not what the files mean."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import final

from likewise.errors import CheckpointError, UnsafePathError
from likewise.hub.config_reader import ConfigReader


@final
@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A local model folder, or one module's folder within it.

    Every file is reached through `find`, which refuses whatever leads out of the root. The links of the hub cache
    (a snapshot's file pointing to a blob of the same repository) are the one way out that is allowed.

    Args:
        root: The model folder, an existing directory.
        inside: Path of the module's folder below the root; "" is the root itself.

    Example:
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp())
        >>> folder = ModelFolder(root).sub("1_Pooling")
        >>> folder.find("config.json") is None
        True
    """

    root: Path
    inside: str = ""

    @property
    def path(self) -> Path:
        """The folder's own path."""
        return self.root / self.inside

    def sub(self, path: str) -> ModelFolder:
        """Step into a folder below this one.

        Args:
            path: Relative path as written in a file of the model, with forward slashes. "" and "." stay here.

        Returns:
            The folder; it need not exist.

        Raises:
            UnsafePathError: If the path is absolute or leads out of the root.
        """
        inside = self._join(path)
        self._confine(self.root / inside)
        return ModelFolder(self.root, inside)

    def find(self, name: str) -> Path | None:
        """Look for a file of this folder.

        Args:
            name: File name, or relative path with forward slashes.

        Returns:
            Its path, or None if there is no such file.

        Raises:
            UnsafePathError: If the path leads out of the root, or is no regular file (a device, a pipe).
        """
        path = self.root / self._join(name)
        if not os.path.lexists(path):
            return None
        self._confine(path)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
        if path.is_dir():
            return None
        if not S_ISREG(mode):
            raise UnsafePathError(f"{path} is not a regular file", accepted="regular files")
        return path

    def require(self, name: str) -> Path:
        """Look for a file that must be there.

        Args:
            name: File name, or relative path with forward slashes.

        Returns:
            Its path.

        Raises:
            CheckpointError: If there is no such file.
        """
        path = self.find(name)
        if path is None:
            raise CheckpointError(f"{self.path / name}: no such file", accepted=f"a model folder that holds {name!r}")
        return path

    def first_of(self, *names: str) -> Path | None:
        """Look for the first of several files.

        Args:
            *names: File names in order of preference.

        Returns:
            The path of the first that exists, or None.
        """
        return next((path for path in map(self.find, names) if path is not None), None)

    def config(self, *names: str, optional: bool = False) -> ConfigReader:
        """Read the first of several JSON files.

        Args:
            *names: File names in order of preference.
            optional: Whether all of them may be absent; the reader is empty then.

        Returns:
            A reader for the file's object.

        Raises:
            CheckpointError: If none exists and it is not optional, or the file is not a strict JSON object.
        """
        path = self.first_of(*names)
        if path is None and optional:
            return ConfigReader({}, self.path / names[0])
        return ConfigReader.of_file(path or self.require(names[0]))

    def _join(self, path: str) -> str:
        pure = PurePosixPath(path)
        unsafe = pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path[:3] or not path.isprintable()
        if unsafe:
            raise UnsafePathError(
                f"{self.path}: the path {path!r} leads out of the model folder, or is none",
                accepted="relative paths below the folder, without '..' and control characters",
            )
        joined = PurePosixPath(self.inside) / pure
        return "" if str(joined) == "." else str(joined)

    def _confine(self, path: Path) -> None:
        try:
            target, root = path.resolve(), self.root.resolve()
        except (OSError, RuntimeError) as error:
            raise UnsafePathError(f"{path}: a loop of links, or no path at all") from error
        if not target.is_relative_to(root) and not any(target.is_relative_to(blobs) for blobs in _blob_folders(root)):
            raise UnsafePathError(
                f"{path} points to {target}, outside the model folder", accepted="files inside the folder"
            )


def _blob_folders(root: Path) -> list[Path]:
    """The blob folder of a hub cache's repository, where its snapshots' links point."""
    if root.parent.name != "snapshots":
        return []
    return [root.parent.parent / "blobs"]
