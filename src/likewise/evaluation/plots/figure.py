"""Figures that need no screen: made, and written whole in the format that the file's ending names. Knows no metric."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from likewise import _optional
from likewise.errors import InputError
from likewise.hub.atomic import write_file_atomic

FORMATS = ("png", "svg")

_DPI = 120
# What matplotlib would put in by itself: its version, and the time.
_NO_METADATA: dict[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def checked_format(name: str) -> str:
    """Check the name of a format.

    Args:
        name: "png" or "svg", in any case, with or without a dot in front.

    Returns:
        The name in lower case, without the dot.

    Raises:
        InputError: If it is another one.

    Example:
        >>> checked_format(".SVG")
        'svg'
    """
    found = str(name).lower().removeprefix(".")
    if found not in FORMATS:
        raise InputError(f"pictures of the format {name!r}", accepted=" or ".join(map(repr, FORMATS)), fix="'png'")
    return found


def checked_file(path: str | os.PathLike[str]) -> Path:
    """Check the path of a picture, before anything is computed for it.

    Args:
        path: The file.

    Returns:
        The path.

    Raises:
        InputError: If its ending is neither ".png" nor ".svg".

    Example:
        >>> checked_file("curve.png").suffix
        '.png'
    """
    file = Path(path)
    if file.suffix.lower().removeprefix(".") not in FORMATS:
        raise InputError(
            f"a picture in the file {file.name!r}",
            accepted=" or ".join(f"a name that ends in .{name}" for name in FORMATS),
            fix=repr(file.with_suffix(".png").name if file.name else "plot.png"),
        )
    return file


def require_plots() -> None:
    """Make sure that pictures can be drawn, before anything long is computed for them.

    Raises:
        MissingDependencyError: If matplotlib is not installed.
    """
    _optional.require("matplotlib", extra="plot")


def new_figure(width: float, height: float) -> Any:
    """Make an empty figure.

    Args:
        width: In inches.
        height: In inches.

    Returns:
        A `matplotlib.figure.Figure`; pyplot and its list of open figures are not touched.

    Raises:
        MissingDependencyError: If matplotlib is not installed.
    """
    return _optional.require("matplotlib.figure", extra="plot").Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Any, path: str | os.PathLike[str]) -> Path:
    """Write a figure: the file has its old content or the whole new one, and equal figures give equal bytes.

    Args:
        figure: A `matplotlib.figure.Figure`.
        path: The file; its ending says the format. Folders above it are made.

    Returns:
        The path.

    Raises:
        InputError: If the format is unknown.
        OutputError: If the file cannot be written.
    """
    file = checked_file(path)
    file_format = checked_format(file.suffix)
    content = BytesIO()
    # Names of shapes in an SVG are drawn at random without a salt.
    with _optional.require("matplotlib", extra="plot").rc_context({"svg.hashsalt": "likewise"}):
        figure.savefig(content, format=file_format, dpi=_DPI, metadata=_NO_METADATA[file_format])
    write_file_atomic(file, content.getvalue())
    return file
