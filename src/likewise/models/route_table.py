"""Which route an input takes: by task, by modality, or the default. Knows names, no modules."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from likewise.errors import ConfigError, InputError

Modality = str | tuple[str, ...]
MappingKey = tuple[str | None, Modality | None]

MODALITIES = ("text", "image", "audio", "video", "message")


@final
@dataclass(frozen=True, slots=True)
class RouteTable:
    """Chooses a route by name.

    Args:
        routes: Names of the routes.
        default: The route without a task; None refuses such inputs.
        mappings: (task, modality) -> route; a None in the pair stands for any.

    Raises:
        ConfigError: If the default or a mapping names a route that does not exist.

    Example:
        >>> RouteTable(("query", "document"), "document", {}).choose("query", "text")
        'query'
    """

    routes: tuple[str, ...]
    default: str | None
    mappings: Mapping[MappingKey, str]

    def __post_init__(self) -> None:
        named = [*([] if self.default is None else [self.default]), *self.mappings.values()]
        for name in named:
            if name not in self.routes:
                raise ConfigError(f"there is no route {name!r}", accepted=f"one of {list(self.routes)}")

    def choose(self, task: str | None, modality: Modality) -> str:
        """Find the route of an input.

        Args:
            task: The task, often the name of a route itself.
            modality: What the input is: "text", "image", or a sorted tuple of several.

        Returns:
            The route: that of the most specific mapping, else the one named like the task, else the one named like the
            modality, else the default if there is no task.

        Raises:
            InputError: If no route fits.
        """
        route = self._find(task, modality)
        if route is not None:
            return route
        received = "the input names no route" if task is None else f"there is no route for the task {task!r}"
        raise InputError(
            f"{received} (modality {modality!r})",
            accepted=f"one of the routes {list(self.routes)}",
            fix=f"model.encode(texts, task={self.routes[0]!r}), or texts as {{{self.routes[0]!r}: text}}",
        )

    def knows(self, task: str) -> bool:
        """Whether a task is the name of a route, or has a mapping.

        Args:
            task: The task.

        Returns:
            Whether it is or has.
        """
        return task in self.routes or any(task == key[0] for key in self.mappings)

    def _find(self, task: str | None, modality: Modality) -> str | None:
        keys: Sequence[MappingKey] = ((task, modality), (task, None), (None, modality))
        for key in keys:
            if key in self.mappings:
                return self.mappings[key]
        for name in (task, modality):
            if isinstance(name, str) and name in self.routes:
                return name
        if (None, None) in self.mappings:
            return self.mappings[None, None]
        return self.default if task is None else None


def modality_of(value: Any) -> Modality:
    """Say what kind of input a value is.

    Args:
        value: A text, a pair of texts, an image, or a dictionary of several modalities.

    Returns:
        "text", "image", or a sorted tuple of names.
    """
    if isinstance(value, dict):
        names = tuple(sorted(value))
        return names[0] if len(names) == 1 else names
    if isinstance(value, str | tuple | list):
        return "text"
    return "image"


def mapping_key(task: Any, modality: Any) -> MappingKey:
    """Check one key of route mappings; the order of several modalities does not matter.

    Args:
        task: A text or None.
        modality: A text, several texts, or None.

    Returns:
        The key.

    Raises:
        ConfigError: If it is anything else.
    """
    several = isinstance(modality, tuple | list) and all(isinstance(each, str) for each in modality)
    if not (task is None or isinstance(task, str)) or not (several or modality is None or isinstance(modality, str)):
        raise ConfigError(f"the route mapping {(task, modality)!r}", accepted="(task or None, modality or None)")
    return (task, tuple(sorted(modality)) if several else modality)


def parse_mapping_key(text: str) -> MappingKey:
    """Read a key of route mappings as it is stored: a pair written as Python writes it.

    Args:
        text: Such as "('query', 'text')".

    Returns:
        The key.

    Raises:
        ConfigError: If it is no such pair.

    Example:
        >>> parse_mapping_key("(None, ('image', 'text'))")
        (None, ('image', 'text'))
    """
    try:
        value = ast.literal_eval(text) if len(text) <= 1000 else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, tuple) or len(value) != 2:
        raise ConfigError(f"the route mapping {text[:80]!r}", accepted="such as \"('query', 'text')\"")
    return mapping_key(*value)
