"""The header of a safetensors file, checked before a tensor is read. Knows the file layout, no tensor library."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise.errors import CheckpointError
from likewise.hub.strict_json import parse_json

MAX_HEADER_BYTES = 100_000_000
_ITEM_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64, "F4": 4,
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class TensorPlace:
    """Where one tensor lies in a file.

    Args:
        dtype: As the file spells it, such as "F32".
        shape: Its dimensions.
        start: Its first byte, counted from the start of the file.
        stop: The byte after its last.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def read_header(path: Path) -> dict[str, tuple[str, list[int]]]:
    """Read and check the header of a safetensors file, without reading tensors; see `read_places`.

    Args:
        path: The file.

    Returns:
        Tensor name to (dtype as the file spells it, shape).
    """
    return {name: (place.dtype, list(place.shape)) for name, place in read_places(path).items()}


def read_places(path: Path) -> dict[str, TensorPlace]:
    """Read and check the header of a safetensors file, without reading tensors.

    Args:
        path: The file.

    Returns:
        Tensor name to its place.

    Raises:
        CheckpointError: If the header is too long or malformed, or an offset lies outside the file, overlaps another
            or differs from shape times item size.
    """
    try:
        size, length, raw = _read_raw(path)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
        raise CheckpointError(
            f"{path}: not a safetensors file, or cut short ({size:,} bytes)", fix="download or save the model again"
        )
    try:
        entries = _entries(parse_json(raw.decode("utf-8"), path))
        spans = sorted(_span(name, entry) for name, entry in entries.items())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: malformed safetensors header: {error}") from error
    _check_layout(spans, size - 8 - length, path)
    body = 8 + length
    return {
        name: TensorPlace(entries[name]["dtype"], tuple(entries[name]["shape"]), body + start, body + stop)
        for start, stop, name in spans
    }


def _read_raw(path: Path) -> tuple[int, int, bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little") if size >= 8 else -1
        return size, length, file.read(length) if 2 <= length <= min(MAX_HEADER_BYTES, size - 8) else b""


def _entries(header: Any) -> dict[str, Mapping[str, Any]]:
    return {name: entry for name, entry in header.items() if name != "__metadata__"}


def _span(name: str, entry: Mapping[str, Any]) -> tuple[int, int, str]:
    start, stop = entry["data_offsets"]
    shape = entry["shape"]
    if entry["dtype"] not in _ITEM_BITS:
        raise ValueError(f"the tensor {name!r} has the unknown dtype {entry['dtype']!r}")
    if not isinstance(shape, list) or not all(type(number) is int and number >= 0 for number in (start, stop, *shape)):
        raise ValueError(f"the tensor {name!r} has an offset or a dimension that is not a natural number")
    expected = math.prod(shape) * _ITEM_BITS[entry["dtype"]] // 8
    if stop - start != expected:
        raise ValueError(f"the tensor {name!r} takes {stop - start} bytes, its shape needs {expected}")
    return start, stop, name


def _check_layout(spans: list[tuple[int, int, str]], body_bytes: int, path: Path) -> None:
    end = 0
    for start, stop, name in spans:
        if start != end:
            raise CheckpointError(f"{path}: the tensor {name!r} overlaps another or leaves a gap in the file")
        end = stop
    if end != body_bytes:
        raise CheckpointError(
            f"{path}: {body_bytes:,} bytes of tensors, the header announces {end:,}",
            fix="the file is damaged or cut short: download or save the model again",
        )
