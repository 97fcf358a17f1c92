"""Inputs that go to different readers, or belong to different tasks, prepared in one call. Knows groups, no routes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, final, runtime_checkable

import numpy as np

from likewise.errors import InputError
from likewise.models.module import Features, Prepared


@runtime_checkable
class Reader(Protocol):
    """What turns inputs into features: an `InputModule`, or something that stands in for one."""

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise inputs."""
        ...

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch."""
        ...

    def accepts(self, value: object) -> bool:
        """Whether one input is of a kind that it reads."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Part:
    """The inputs of one call that share a reader and a task.

    Args:
        reader: What reads them.
        task: Their task.
        key: The key of the dictionaries that they came in, None if they came bare.
        features: Features that each of their batches gets.
        inputs: The inputs themselves.
        positions: Where each stands in the call.
    """

    reader: Reader
    task: str | None
    key: str | None
    features: dict[str, Any] = field(default_factory=dict)
    inputs: list[Any] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def add(self, position: int, value: Any) -> None:
        """Add an input.

        Args:
            position: Where it stands in the call.
            value: The input.
        """
        self.inputs.append(value)
        self.positions.append(position)


@final
@dataclass(frozen=True, slots=True)
class RoutedRows(Sequence[Any]):
    """Inputs of several parts, each prepared by its own reader.

    Args:
        parts: The parts.
        prepared: What each part's reader made.
        part_of: int64 [N], the part of each input.
        place_in_part: int64 [N], its place there.
    """

    parts: list[Part]
    prepared: list[Prepared]
    part_of: np.ndarray
    place_in_part: np.ndarray

    def __len__(self) -> int:
        return len(self.part_of)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        return self.prepared[self.part_of[at]].rows[self.place_in_part[at]]


def prepare_parts(parts: Sequence[Part], *, prompt: str) -> Prepared:
    """Prepare parts; inputs of different parts get different groups, so that no batch mixes them.

    Args:
        parts: The parts; their positions together are 0 to N - 1.
        prompt: Text put before each input.

    Returns:
        All inputs, in the order of their positions.
    """
    count = sum(len(part.positions) for part in parts)
    part_of, place_in_part, groups, sizes = (np.zeros(count, dtype=np.int64) for _ in range(4))
    truncated = np.zeros(count, dtype=bool)
    prepared, first_group = [], 0
    for number, part in enumerate(parts):
        made = part.reader.prepare(part.inputs, prompt=prompt, task=part.task)
        at = np.asarray(part.positions, dtype=np.int64)
        part_of[at], place_in_part[at] = number, np.arange(len(at))
        sizes[at], truncated[at] = made.sizes, made.truncated
        inner = np.zeros(len(at), dtype=np.int64) if made.groups is None else made.groups
        groups[at] = first_group + inner
        first_group += int(inner.max(initial=0)) + 1
        prepared.append(made)
    rows = RoutedRows(list(parts), prepared, part_of, place_in_part)
    packed = all(made.packed for made in prepared)
    keys = _keys(prepared, part_of.tolist(), place_in_part.tolist())
    return Prepared(rows=rows, sizes=sizes, truncated=truncated, groups=groups, packed=packed, keys=keys)


def _keys(prepared: list[Prepared], part_of: list[int], place_in_part: list[int]) -> list[Hashable] | None:
    """The keys of all inputs (parts are told apart by their groups); None where a part of several inputs has none."""
    if any(made.keys is None and len(made) > 1 for made in prepared):
        return None
    of_part = [[None] if made.keys is None else made.keys for made in prepared]
    return [of_part[part][place] for part, place in zip(part_of, place_in_part, strict=True)]


def collate_part(prepared: Prepared, indices: Sequence[int]) -> Features:
    """Make the features of a batch whose inputs are all of one part.

    Args:
        prepared: What `prepare_parts` gave.
        indices: Which inputs.

    Returns:
        The features: those of the part's reader, those of the part, and `text_keys`, a list, where the inputs had keys.

    Raises:
        InputError: If the inputs are of several parts.
    """
    rows: Any = prepared.rows
    if not len(indices):
        return {}
    chosen = np.asarray(indices, dtype=np.int64)
    number = int(rows.part_of[chosen[0]])
    if bool((rows.part_of[chosen] != number).any()):
        raise InputError("inputs of several routes in one batch", accepted="inputs that all take one route")
    part: Part = rows.parts[number]
    features = part.reader.collate(rows.prepared[number], rows.place_in_part[chosen].tolist())
    keys = {} if part.key is None else {"text_keys": [part.key] * len(chosen)}
    return {**features, **part.features, **keys}


def split_key(value: Any) -> tuple[str | None, Any]:
    """Take {key: value} apart.

    Args:
        value: One input.

    Returns:
        (key, value), or (None, the input) if it is no dictionary of one entry.
    """
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        return (key, inner) if isinstance(key, str) else (None, value)
    return None, value
