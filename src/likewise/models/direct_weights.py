"""Tensors of safetensors files, mapped into memory instead of read, and checked. Knows files, no architecture.

The mapping is private: writing to a tensor (training) changes memory alone, and takes it page by page. A file that is
replaced, as every download and every save of ours does it, leaves the mapping intact. A file that another program
cuts short or overwrites in place while it is mapped takes the process down, or changes weights not yet used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, final

import torch
from torch import Tensor

from likewise.hub.safetensors_header import TensorPlace, read_places

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_CHUNK = 2**20


@final
@dataclass(frozen=True, slots=True)
class WeightPlace:
    """Where a tensor lies.

    Args:
        file: The file.
        place: Where in it.
    """

    file: Path
    place: TensorPlace


def places_of(files: list[Path]) -> dict[str, WeightPlace] | None:
    """Find all tensors of some files.

    Args:
        files: The safetensors files.

    Returns:
        Name to place; None if two files hold the same name.

    Raises:
        CheckpointError: If a file is damaged.
    """
    found: dict[str, WeightPlace] = {}
    for file in files:
        places = read_places(file)
        if places.keys() & found.keys():
            return None
        found.update({name: WeightPlace(file, place) for name, place in places.items()})
    return found


def are_finite(wanted: Mapping[str, WeightPlace]) -> bool:
    """Whether tensors hold neither NaN nor infinity. They are read through a small buffer, not through the mapping.

    Args:
        wanted: Name to place; all of a type in `DTYPES`.

    Returns:
        True if all numbers are finite.
    """
    buffer = torch.empty(_CHUNK, dtype=torch.uint8, device="cpu")
    for file in {weight.file for weight in wanted.values()}:
        with file.open("rb", buffering=0) as stream:
            places = sorted(
                (weight.place for weight in wanted.values() if weight.file == file), key=lambda place: place.start
            )
            if not all(_is_finite(stream, place, buffer) for place in places):
                return False
    return True


def _is_finite(stream: BinaryIO, place: TensorPlace, buffer: Tensor) -> bool:
    dtype = DTYPES[place.dtype]
    stream.seek(place.start)
    left = place.stop - place.start
    while left:
        size = min(left, _CHUNK)
        view = memoryview(buffer.numpy().data)[:size]
        done = 0
        while done < size:
            step = stream.readinto(view[done:])  # type: ignore[attr-defined]
            if not step:
                return False
            done += step
        values = buffer[:size].view(dtype)
        # The sum is quick and finite for almost every piece; only where it is not are all numbers looked at.
        if not math.isfinite(float(values.sum())) and not bool(torch.isfinite(values).all()):
            return False
        left -= size
    return True


def map_tensors(wanted: Mapping[str, WeightPlace]) -> dict[str, Tensor] | None:
    """Map tensors into memory.

    Args:
        wanted: Name to place.

    Returns:
        Name to tensor, in the same order; None if one is not aligned to its item size or its file has changed.
    """
    storages = {}
    for file in {weight.file for weight in wanted.values()}:
        size = file.stat().st_size
        if any(weight.place.stop > size for weight in wanted.values() if weight.file == file):
            return None
        storages[file] = torch.UntypedStorage.from_file(str(file), False, size)
    tensors: dict[str, Tensor] = {}
    for name, weight in wanted.items():
        place, dtype = weight.place, DTYPES[weight.place.dtype]
        if place.start % dtype.itemsize:
            return None
        part = storages[weight.file][place.start : place.stop]
        tensors[name] = torch.empty(0, dtype=dtype, device="cpu").set_(part, 0, place.shape)  # type: ignore[call-overload]
    return tensors
