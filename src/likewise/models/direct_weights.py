"""Tensors of safetensors files, mapped into memory instead of read, and checked. Knows files, no architecture.

The mapping is private: writing to a tensor (training) changes memory alone, and takes it page by page. A file that is
replaced, as every download and every save of ours does it, leaves the mapping intact. A file that another program
cuts short or overwrites in place while it is mapped takes the process down, or changes weights not yet used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, final

import torch
from torch import Tensor

from likewise.encoder.linear import join
from likewise.hub.safetensors_header import TensorPlace, read_places
from likewise.models.mapped_file import MappedFile, passing_memory

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

    def split(self, count: int) -> list[WeightPlace] | None:
        """Take apart a tensor that holds several on top of each other.

        Args:
            count: How many, all of the same size.

        Returns:
            The place of each; None if the tensor has no so many equal parts.
        """
        place = self.place
        if count == 1:
            return [self]
        if not place.shape or place.shape[0] % count:
            return None
        shape, step = (place.shape[0] // count, *place.shape[1:]), (place.stop - place.start) // count
        starts = range(place.start, place.start + count * step, step) if step else [place.start] * count
        return [WeightPlace(self.file, TensorPlace(place.dtype, shape, at, at + step)) for at in starts]


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


@final
@dataclass(frozen=True, slots=True, eq=False)
class MappedTensors:
    """Tensors that lie in mapped files. A copy of it, or a pickle, has none: theirs are in memory.

    Args:
        tensors: Name to tensor.
        origins: Address to the place of the tensor that lies there.
        files: The mapped files by path.
    """

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    origins: Mapping[int, WeightPlace] = field(default_factory=dict)
    files: Mapping[Path, MappedFile] = field(default_factory=dict)

    def holds(self, tensor: Tensor) -> bool:
        """Whether a tensor still lies where it was mapped.

        Args:
            tensor: Any tensor.

        Returns:
            False if it has memory of its own.
        """
        return tensor.data_ptr() in self.origins

    def read(self, tensors: Sequence[Tensor]) -> Tensor:
        """Read tensors for somebody who makes a copy of his own, so that memory holds them once and not twice.

        Args:
            tensors: Any tensors that can be put on top of each other.

        Returns:
            Their joint numbers, in memory that is soon let go; the tensors joined as they are where one does not lie in
            a mapped file, or was written to.
        """
        origins = [self._origin(tensor) for tensor in tensors]
        found = [at for at in origins if at is not None]
        if len(found) < len(origins):
            return join(tensors)
        sizes = [at.place.stop - at.place.start for at in found]
        joint_B = passing_memory(sum(sizes))
        for at, part_B in zip(found, torch.split(joint_B, sizes), strict=True):
            if not self.files[at.file].read_unwritten(at.place.start, part_B):
                return join(tensors)
        return joint_B.view(tensors[0].dtype).view(-1, *tensors[0].shape[1:])

    def _origin(self, tensor: Tensor) -> WeightPlace | None:
        at = self.origins.get(tensor.data_ptr())
        if at is None or at.place.shape != tensor.shape or DTYPES[at.place.dtype] != tensor.dtype:
            return None
        return at if tensor.is_contiguous() and tensor.numel() else None

    def __reduce__(self) -> tuple[type[MappedTensors], tuple[()]]:
        return MappedTensors, ()


def map_tensors(wanted: Mapping[str, WeightPlace]) -> MappedTensors | None:
    """Map tensors into memory.

    Args:
        wanted: Name to place.

    Returns:
        The tensors, in the same order; None if one is not aligned to its item size or its file has changed.
    """
    files: dict[Path, MappedFile] = {}
    for path in {weight.file for weight in wanted.values()}:
        size = path.stat().st_size
        if any(weight.place.stop > size for weight in wanted.values() if weight.file == path):
            return None
        files[path] = MappedFile(path)
    tensors: dict[str, Tensor] = {}
    for name, weight in wanted.items():
        place, dtype = weight.place, DTYPES[weight.place.dtype]
        if place.start % dtype.itemsize:
            return None
        part = files[weight.file].bytes_B.untyped_storage()[place.start : place.stop]
        tensors[name] = torch.empty(0, dtype=dtype, device="cpu").set_(part, 0, place.shape)  # type: ignore[call-overload]
    return MappedTensors(tensors, {tensors[name].data_ptr(): weight for name, weight in wanted.items()}, files)
