"""The one place where JSON of a model folder is parsed: bounded, no duplicate keys, no NaN, UTF-8 only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from likewise.errors import CheckpointError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64


def read_json(path: Path) -> Any:
    """Parse a JSON file strictly.

    Args:
        path: The file; at most 64 MiB.

    Returns:
        The parsed value.

    Raises:
        CheckpointError: If the file is too large, not UTF-8, not JSON, nested deeper than 64 levels, repeats a key of
            an object, or holds NaN or infinity.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "config.json"
        >>> _ = file.write_text('{"dimension": 8}')
        >>> read_json(file)
        {'dimension': 8}
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError(f"{path}: {size:,} bytes of JSON", accepted=f"at most {MAX_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path}: not UTF-8 at byte {error.start}", accepted="a UTF-8 JSON file") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_int=_bounded_int)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: not valid JSON: {error}", accepted="a well-formed JSON file") from error
    _check_depth(value, path)
    return value


def read_object(path: Path) -> dict[str, Any]:
    """Parse a JSON file whose top level is an object.

    Args:
        path: The file.

    Returns:
        The object as a dictionary.

    Raises:
        CheckpointError: As `read_json`, and if the top level is not an object.
    """
    value = read_json(path)
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: the top level is {type(value).__name__}", accepted="a JSON object {...}")
    return value


def _check_depth(value: Any, path: Path) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise CheckpointError(f"{path}: JSON nested deeper than {MAX_DEPTH} levels")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _bounded_int(digits: str) -> int:
    if len(digits) > 40:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)
