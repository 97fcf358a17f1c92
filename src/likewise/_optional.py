"""The one door to optional packages."""

from __future__ import annotations

import importlib
from types import ModuleType

from likewise.errors import MissingDependencyError


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional package or say how to get it.

    Args:
        module: Dotted name to import, such as "PIL.Image".
        extra: The extra of likewise that brings it, such as "image".

    Returns:
        The imported module.

    Raises:
        MissingDependencyError: If the package is not installed.

    Example:
        >>> require("json", extra="image").dumps([1])
        '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingDependencyError(
            f"this needs the package {module.split('.')[0]!r}, which is not installed",
            fix=f"pip install 'likewise[{extra}]'",
        ) from error
