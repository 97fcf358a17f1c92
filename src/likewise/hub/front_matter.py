"""The YAML at the top of a README: read with bounds, written plainly. Knows no key of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from likewise.errors import CheckpointError

MAX_BYTES = 2**20
MAX_DEPTH = 32
_FENCE = "---"


def split_front_matter(text: str) -> tuple[str, str]:
    """Split a README into its YAML and its body.

    Args:
        text: The whole text.

    Returns:
        (YAML without the fences, body); the YAML is "" if there is none.

    Example:
        >>> split_front_matter(chr(10).join(["---", "license: mit", "---", "# Title"]))
        ('license: mit', '# Title')
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return "", text
    for at, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1:at]), "\n".join(lines[at + 1 :])
    return "", text


def read_front_matter(text: str) -> dict[str, Any]:
    """Parse the YAML at the top of a README. No tags, no aliases, at most 1 MiB.

    Args:
        text: The whole text.

    Returns:
        The parsed mapping, empty if there is none.

    Raises:
        CheckpointError: If it is malformed, too large, or uses what plain metadata does not need.

    Example:
        >>> read_front_matter(chr(10).join(["---", "license: mit", "---", "# Title"]))
        {'license': 'mit'}
    """
    import yaml  # type: ignore[import-untyped]

    front, _ = split_front_matter(text)
    if len(front) > MAX_BYTES:
        raise CheckpointError("README.md: too much metadata", accepted=f"at most {MAX_BYTES:,} characters")
    if re.search(r"(?:[\[{]\s*){32}|(?:-\s+){32}", front):
        # Parsing takes time in the square of the depth, so the depth is bounded first.
        raise CheckpointError("README.md: the metadata is nested too deep", accepted="plain YAML")
    try:
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        _check_events(yaml.parse(front, Loader=loader))
        data = yaml.load(front, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"README.md: the metadata is not valid YAML: {error}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise CheckpointError(f"README.md: the metadata is {type(data).__name__}", accepted="a mapping")
    return {str(key): value for key, value in data.items()}


def _check_events(events: Iterable[Any]) -> None:
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name in ("MappingStartEvent", "SequenceStartEvent")
        depth -= name in ("MappingEndEvent", "SequenceEndEvent")
        if name == "AliasEvent" or depth > MAX_DEPTH:
            raise CheckpointError("README.md: the metadata uses aliases or deep nesting", accepted="plain YAML")


def first_scalars(text: str, keys: Sequence[str]) -> dict[str, str]:
    """Read a few plain texts from the top of a README without parsing its YAML, which takes long and may be wrong.

    Args:
        text: The whole text.
        keys: The keys that are wanted.

    Returns:
        Key to text, for those that hold one; of a list, its first item.

    Example:
        >>> readme = chr(10).join(["---", "license: mit", "base_model:", "- owner/name", "---", "# Title"])
        >>> first_scalars(readme, ["license", "base_model", "language"])
        {'license': 'mit', 'base_model': 'owner/name'}
    """
    lines = split_front_matter(text)[0].splitlines()
    found: dict[str, str] = {}
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        key, colon, value = line.partition(":")
        if not colon or key not in keys:
            continue
        value = value.strip() or (following.strip()[2:] if following.lstrip().startswith("- ") else "")
        if value[:1] not in ("", "[", "{", "|", ">", "&", "*", "!"):
            found.setdefault(key, value.strip().strip("'\""))
    return found


def with_front_matter(metadata: Mapping[str, Any], body: str) -> str:
    """Put metadata at the top of a text.

    Args:
        metadata: Key to plain value; keys whose value is None or empty are left out.
        body: The text.

    Returns:
        The README.

    Example:
        >>> print(with_front_matter({"license": "mit", "language": None}, "# Title"))
        ---
        license: mit
        ---
        <BLANKLINE>
        # Title
        <BLANKLINE>
    """
    import yaml

    kept = {key: value for key, value in metadata.items() if value not in (None, "", [], {})}
    front = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
    return f"{_FENCE}\n{front}{_FENCE}\n\n{body.strip()}\n"
