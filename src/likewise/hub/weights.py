"""Tensors of a model folder, checked before memory is taken. Knows files and tensors, not what they mean.

Safetensors first; a pickle is read only where no safetensors file exists, and only as plain tensors (`weights_only`).
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from likewise.errors import CheckpointError, MissingWeightsError
from likewise.hub.folder import ModelFolder

SAFE_NAME = "model.safetensors"
PICKLE_NAME = "pytorch_model.bin"
MAX_HEADER_BYTES = 100_000_000
_ITEM_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
}  # fmt: skip


def read_header(path: Path) -> dict[str, tuple[str, list[int]]]:
    """Read and check the header of a safetensors file, without reading tensors.

    Args:
        path: The file.

    Returns:
        Tensor name to (dtype as the file spells it, shape).

    Raises:
        CheckpointError: If the header is too long or malformed, or an offset lies outside the file, overlaps another
            or differs from shape times item size.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little") if size >= 8 else -1
        if not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
            raise CheckpointError(
                f"{path}: not a safetensors file, or cut short ({size:,} bytes)", fix="download or save the model again"
            )
        raw = file.read(length)
    try:
        header = json.loads(raw)
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        spans = sorted(_span(name, entry) for name, entry in entries.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path}: malformed safetensors header: {error}") from error
    end = 0
    for start, stop, name in spans:
        if start != end or stop < start:
            raise CheckpointError(f"{path}: the tensor {name!r} overlaps another or leaves a gap in the file")
        end = stop
    if end != size - 8 - length:
        raise CheckpointError(
            f"{path}: {size:,} bytes, the header announces {end + 8 + length:,}",
            fix="the file is damaged or cut short: download or save the model again",
        )
    return {name: (entry["dtype"], entry["shape"]) for name, entry in entries.items()}


def _span(name: str, entry: Mapping[str, Any]) -> tuple[int, int, str]:
    start, stop = entry["data_offsets"]
    shape = entry["shape"]
    if not all(type(number) is int and number >= 0 for number in (start, stop, *shape)):
        raise ValueError(f"the tensor {name!r} has an offset or a dimension that is not a natural number")
    expected = math.prod(shape) * _ITEM_BITS[entry["dtype"]] // 8
    if stop - start != expected:
        raise ValueError(f"the tensor {name!r} takes {stop - start} bytes, its shape needs {expected}")
    return start, stop, name


def find_weights(folder: ModelFolder, safe_name: str = SAFE_NAME, pickle_name: str = PICKLE_NAME) -> list[Path]:
    """Find the weight files of a folder, shards included.

    Args:
        folder: The folder.
        safe_name: Name of the safetensors file.
        pickle_name: Name of the pickle that stands in where there is no safetensors file.

    Returns:
        The files: one, or the shards that the index names. Empty if there are none.

    Raises:
        CheckpointError: If the index is malformed or names a shard that is not there.
        UnsafePathError: If the index names a file outside the folder.
    """
    for name in (safe_name, pickle_name):
        single, index = folder.find(name), folder.find(f"{name}.index.json")
        if single is not None:
            return [single]
        if index is not None:
            shards = folder.config(index.name).object("weight_map").data.values()
            return [folder.require(str(shard)) for shard in sorted(set(map(str, shards)))]
    return []


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of one file, on the CPU.

    Args:
        path: A `.safetensors` file, or a pickle that holds nothing but tensors.

    Returns:
        Name to tensor.

    Raises:
        CheckpointError: If the file is damaged, or is a pickle that holds anything but tensors (which is not executed).
    """
    if path.suffix == ".safetensors":
        read_header(path)
        try:
            return load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(f"{path}: cannot be read as safetensors: {error}") from error
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path}: the pickle holds more than tensors, which was not executed",
            accepted="safetensors, or a pickle of tensors",
            fix="ask the author of the model for model.safetensors",
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: cannot be read as a PyTorch file: {error}") from error
    if not isinstance(tensors, dict) or not all(isinstance(item, Tensor) for item in tensors.values()):
        raise CheckpointError(f"{path}: does not hold a dictionary of tensors")
    return tensors


def load_folder(folder: ModelFolder) -> dict[str, Tensor]:
    """Read all tensors of a folder's weight files.

    Args:
        folder: The folder.

    Returns:
        Name to tensor.

    Raises:
        MissingWeightsError: If the folder holds no weight file.
    """
    files = find_weights(folder)
    if not files:
        raise MissingWeightsError(
            f"{folder.path}: no weights", accepted=f"{SAFE_NAME}, {SAFE_NAME}.index.json or {PICKLE_NAME}"
        )
    tensors: dict[str, Tensor] = {}
    for file in files:
        tensors.update(load_tensors(file))
    return tensors


def load_into(module: nn.Module, folder: ModelFolder, *, rename: Mapping[str, str] | None = None) -> None:
    """Fill a module with the weights of its folder; every tensor must be there, finite and of the right shape.

    Args:
        module: The module.
        folder: Its folder.
        rename: Names in the file to names in the module, where they differ.

    Raises:
        MissingWeightsError: If a weight file or a tensor is missing.
        CheckpointError: If a tensor has another shape, or holds NaN or infinity.
    """
    tensors = {(rename or {}).get(name, name): tensor for name, tensor in load_folder(folder).items()}
    check_tensors(module.state_dict(), tensors, folder.path)
    module.load_state_dict({name: tensors[name] for name in module.state_dict()})


def check_tensors(
    expected: Mapping[str, Tensor], found: Mapping[str, Tensor], where: Path, *, optional: Sequence[str] = ()
) -> None:
    """Compare tensors of a file with what a module needs.

    Args:
        expected: Name to tensor of the right shape (may be on the meta device).
        found: Name to tensor as read.
        where: The folder, for messages.
        optional: Prefixes of names that may be missing.

    Raises:
        MissingWeightsError: If a tensor is missing.
        CheckpointError: If a tensor has another shape, or holds NaN or infinity.
    """
    missing = [name for name in expected if name not in found and not name.startswith(tuple(optional))]
    if missing:
        raise MissingWeightsError(
            f"{where}: {len(missing)} weights are missing: {', '.join(missing[:4])}",
            accepted="a file with every weight that the configuration asks for",
        )
    for name, tensor in expected.items():
        if name not in found:
            continue
        if found[name].shape != tensor.shape:
            raise CheckpointError(
                f"{where}: the weight {name!r} has shape {tuple(found[name].shape)}",
                accepted=f"{tuple(tensor.shape)}, as the configuration says",
            )
        if found[name].is_floating_point() and not bool(torch.isfinite(found[name]).all()):
            raise CheckpointError(f"{where}: the weight {name!r} holds NaN or infinity", accepted="finite weights")


def save_weights(module: nn.Module, path: Path, *, safe_serialization: bool = True) -> None:
    """Write a module's weights into a directory.

    Args:
        module: The module.
        path: An existing directory.
        safe_serialization: Whether to write safetensors; False writes a pickle of tensors.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    if safe_serialization:
        save_file(tensors, path / SAFE_NAME, metadata={"format": "pt"})
    else:
        torch.save(tensors, path / PICKLE_NAME)
