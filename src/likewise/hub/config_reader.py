"""Typed reading of one JSON object: every value is checked where it is read, and every error names file and key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, final

from likewise.errors import CheckpointError
from likewise.hub.strict_json import read_object

T = TypeVar("T")
_ABSENT: Any = object()


@final
class ConfigReader:
    """Reads the keys of one JSON object with their types and bounds.

    A method without `default` makes the key required; with it, the default stands for a missing key. Several spellings
    of one key are given as a tuple, the first that is present counts.

    Args:
        data: The parsed object.
        where: The file it came from, for error messages.

    Example:
        >>> reader = ConfigReader({"in_features": 8, "bias": True}, Path("2_Dense/config.json"))
        >>> reader.integer("in_features", low=1), reader.boolean("bias"), reader.text("name", default=None)
        (8, True, None)
    """

    def __init__(self, data: Mapping[str, Any], where: Path) -> None:
        self.data = data
        self.where = where

    @classmethod
    def of_file(cls, path: Path) -> ConfigReader:
        """Read a JSON file whose top level is an object.

        Args:
            path: The file.

        Returns:
            A reader for it.
        """
        return cls(read_object(path), path)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def fail(self, key: str, received: Any, accepted: str) -> CheckpointError:
        """Build the error for a wrong value.

        Args:
            key: The key of the value.
            received: The value.
            accepted: What would have been accepted.

        Returns:
            The error, to be raised by the caller.
        """
        return CheckpointError(f"{self.where}: {key!r} is {_short(received)}", accepted=accepted)

    def integer(self, key: str | tuple[str, ...], *, low: int = 0, high: int = 2**31, default: T = _ABSENT) -> int | T:
        """Read an integer within bounds (JSON true and false are no integers).

        Args:
            key: The key, or its spellings.
            low: Smallest accepted value.
            high: Largest accepted value.
            default: Stands for a missing key; without it the key is required. A null counts as missing if it is None.

        Returns:
            The integer, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fail(name, value, f"an integer from {low} to {high}")
        return value

    def number(
        self,
        key: str | tuple[str, ...],
        *,
        low: float = -math.inf,
        high: float = math.inf,
        default: T = _ABSENT,
    ) -> float | T:
        """Read a finite number within bounds.

        Args:
            key: The key, or its spellings.
            low: Smallest accepted value.
            high: Largest accepted value.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The number, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not low <= value <= high:
            raise self.fail(name, value, f"a finite number from {low} to {high}")
        return float(value)

    def boolean(self, key: str | tuple[str, ...], *, default: T = _ABSENT) -> bool | T:
        """Read true or false.

        Args:
            key: The key, or its spellings.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The boolean, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, bool):
            raise self.fail(name, value, "true or false")
        return value

    def text(
        self,
        key: str | tuple[str, ...],
        *,
        choices: Sequence[str] | None = None,
        default: T = _ABSENT,
    ) -> str | T:
        """Read a string, optionally one of a set.

        Args:
            key: The key, or its spellings.
            choices: The accepted strings; None accepts any.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The string, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, str) or (choices is not None and value not in choices):
            raise self.fail(name, value, f"one of {list(choices)}" if choices is not None else "a string")
        return value

    def texts(self, key: str | tuple[str, ...], *, default: T = _ABSENT) -> list[str] | T:
        """Read a list of strings.

        Args:
            key: The key, or its spellings.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The list, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(name, value, "a list of strings")
        return value

    def integers(
        self, key: str | tuple[str, ...], *, low: int = 0, high: int = 2**31, default: T = _ABSENT
    ) -> list[int] | T:
        """Read a list of integers within bounds.

        Args:
            key: The key, or its spellings.
            low: Smallest accepted value.
            high: Largest accepted value.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The list, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, list) or not all(type(item) is int and low <= item <= high for item in value):
            raise self.fail(name, value, f"a list of integers from {low} to {high}")
        return value

    def numbers_by_text(self, key: str | tuple[str, ...], *, default: T = _ABSENT) -> dict[str, float] | T:
        """Read an object that maps strings to finite numbers.

        Args:
            key: The key, or its spellings.
            default: Stands for a missing key; without it the key is required.

        Returns:
            The mapping, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, dict) or not all(_is_finite_number(item) for item in value.values()):
            raise self.fail(name, value, "an object of finite numbers")
        return {word: float(item) for word, item in value.items()}

    def object(self, key: str | tuple[str, ...], *, default: T = _ABSENT) -> ConfigReader | T:
        """Read a nested object.

        Args:
            key: The key, or its spellings.
            default: Stands for a missing key; without it the key is required.

        Returns:
            A reader for the nested object, or the default.
        """
        name, value = self._look_up(key, default)
        if value is default:
            return value
        if not isinstance(value, dict):
            raise self.fail(name, value, "an object {...}")
        return ConfigReader(value, self.where)

    def _look_up(self, key: str | tuple[str, ...], default: Any) -> tuple[str, Any]:
        names = (key,) if isinstance(key, str) else key
        for name in names:
            if name in self.data:
                value = self.data[name]
                return name, default if value is None and default is None else value
        if default is _ABSENT:
            raise CheckpointError(
                f"{self.where}: the key {names[0]!r} is missing", accepted=f"a file with {names[0]!r}"
            )
        return names[0], default


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
