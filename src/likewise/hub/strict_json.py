"""The one place where JSON of a model folder is parsed: bounded, no duplicate keys, no NaN, UTF-8 only.

Knows nothing of what the values mean; `config_reader` checks them.
"""

from __future__ import annotations

import json
import math
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
    return parse_json(_read_text(path), path)


def parse_json(text: str, where: Path) -> Any:
    """Parse JSON text strictly.

    Args:
        text: The text.
        where: The file it came from, for error messages.

    Returns:
        The parsed value.

    Raises:
        CheckpointError: If it is not JSON, nested deeper than 64 levels, repeats a key of an object, or holds NaN,
            infinity, or half of a surrogate pair.

    Example:
        >>> parse_json("[1, 2]", Path("list.json"))
        [1, 2]
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_no_constant,
            parse_int=_bounded_int,
            parse_float=_finite_float,
        )
        if "\\ud" in text or "\\uD" in text:
            # Half a surrogate pair is a string that can be neither a file name nor text of a model.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{where}: not valid JSON: {error}", accepted="a well-formed JSON file") from error
    _check_depth(value, where)
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


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CheckpointError(f"{path}: too much JSON", accepted=f"at most {MAX_BYTES:,} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path}: not UTF-8 at byte {error.start}", accepted="a UTF-8 JSON file") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error


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
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ValueError(f"the key {name[:40]!r} stands twice")
        result[name] = value
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _bounded_int(digits: str) -> int:
    if len(digits) > 40:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number
