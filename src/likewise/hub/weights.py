"""Tensors of a model folder, checked before memory is taken. Knows files and tensors, not what they mean.

Safetensors first; a pickle is read only where no safetensors file exists, and only as plain tensors (`weights_only`).
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from likewise.errors import CheckpointError, MissingWeightsError, OutputError
from likewise.hub.folder import ModelFolder
from likewise.hub.safetensors_header import read_header as read_header
from likewise.hub.weight_files import PICKLE_NAME as PICKLE_NAME
from likewise.hub.weight_files import SAFE_NAME as SAFE_NAME
from likewise.hub.weight_files import find_weights as find_weights
from likewise.hub.weight_files import shard_names as shard_names

logger = logging.getLogger(__name__)

MAX_NAMED = 4


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
            return dict(load_file(path))
        except (SafetensorError, OSError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path}: cannot be read as safetensors: {error}") from error
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path}: damaged, or a pickle that holds more than tensors, which was not executed",
            accepted="safetensors, or a pickle of tensors",
            fix="ask the author of the model for model.safetensors",
        ) from error
    except Exception as error:  # a damaged file may break any line of the reader
        raise CheckpointError(f"{path}: cannot be read as a PyTorch file: {error}") from error
    if not isinstance(tensors, dict) or not all(isinstance(item, Tensor) for item in tensors.values()):
        raise CheckpointError(f"{path}: does not hold a dictionary of tensors")
    return {str(name): tensor for name, tensor in tensors.items()}


def load_folder(folder: ModelFolder) -> dict[str, Tensor]:
    """Read all tensors of a folder's weight files.

    Args:
        folder: The folder.

    Returns:
        Name to tensor.

    Raises:
        MissingWeightsError: If the folder holds no weight file.
        CheckpointError: If a file is damaged, or two of them hold the same tensor.
    """
    files = find_weights(folder)
    if not files:
        raise MissingWeightsError(
            f"{folder.path}: no weights", accepted=f"{SAFE_NAME}, {SAFE_NAME}.index.json or {PICKLE_NAME}"
        )
    tensors: dict[str, Tensor] = {}
    for file in files:
        found = load_tensors(file)
        twice = found.keys() & tensors.keys()
        if twice:
            raise CheckpointError(f"{file}: the weight {min(twice)!r} is also in another file of {folder.path}")
        tensors.update(found)
    return tensors


def load_into(module: nn.Module, folder: ModelFolder, *, rename: Mapping[str, str] | None = None) -> None:
    """Fill a module with the weights of its folder; every tensor must be there, finite and of the right shape.

    Args:
        module: The module.
        folder: Its folder.
        rename: Names in the file to names in the module, where they differ.

    Raises:
        MissingWeightsError: If a weight file or a tensor is missing.
        CheckpointError: If a tensor has another shape or kind, or holds NaN or infinity.
    """
    tensors = {(rename or {}).get(name, name): tensor for name, tensor in load_folder(folder).items()}
    expected = module.state_dict(keep_vars=True)
    by_identity = {id(tensor): tensors[name] for name, tensor in expected.items() if name in tensors}
    for name, tensor in expected.items():
        # A tensor that the module holds under several names is stored under one of them.
        if name not in tensors and id(tensor) in by_identity:
            tensors[name] = by_identity[id(tensor)]
    check_tensors(expected, tensors, folder.path)
    surplus = sorted(tensors.keys() - expected.keys())
    if surplus:
        logger.warning("%s: %d weights are not used: %s", folder.path, len(surplus), _listed(surplus))
    module.load_state_dict({name: tensors[name] for name in expected})


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
        CheckpointError: If a tensor has another shape or kind, or holds NaN or infinity.
    """
    missing = [name for name in expected if name not in found and not name.startswith(tuple(optional))]
    if missing:
        raise MissingWeightsError(
            f"{where}: {len(missing)} weights are missing: {_listed(missing)}",
            accepted="a file with every weight that the configuration asks for",
        )
    for name, tensor in expected.items():
        if name in found:
            _check_tensor(name, tensor, found[name], where)


def _check_tensor(name: str, expected: Tensor, found: Tensor, where: Path) -> None:
    if found.shape != expected.shape:
        raise CheckpointError(
            f"{where}: the weight {name!r} has shape {tuple(found.shape)}",
            accepted=f"{tuple(expected.shape)}, as the configuration says",
        )
    if expected.is_floating_point() and not found.is_floating_point():
        raise CheckpointError(f"{where}: the weight {name!r} is {found.dtype}", accepted="floating-point numbers")
    if not _is_finite(found):
        raise CheckpointError(f"{where}: the weight {name!r} holds NaN or infinity", accepted="finite weights")


def _is_finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    if tensor.element_size() == 1:
        tensor = tensor.float()  # float8 has no comparisons
    # Smallest and largest value instead of torch.isfinite: NaN comes through, and no copy of the weights is made.
    return bool(torch.isfinite(torch.stack(torch.aminmax(tensor))).all())


def save_weights(module: nn.Module, path: Path, *, safe_serialization: bool = True) -> None:
    """Write a module's weights into a directory; a tensor that has several names in the module is written once.

    Args:
        module: The module.
        path: An existing directory.
        safe_serialization: Whether to write safetensors; False writes a pickle of tensors.

    Raises:
        OutputError: If the file cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    written: set[int] = set()
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in written:
            written.add(id(tensor))
            tensors[name] = tensor.detach().cpu().contiguous()
    save_tensors(tensors, path, safe_serialization=safe_serialization)


def save_tensors(tensors: dict[str, Tensor], path: Path, *, safe_serialization: bool = True) -> None:
    """Write named tensors into a directory.

    Args:
        tensors: Name to tensor, contiguous and on the CPU.
        path: An existing directory.
        safe_serialization: Whether to write safetensors; False writes a pickle of tensors.

    Raises:
        OutputError: If the file cannot be written.
    """
    file = path / (SAFE_NAME if safe_serialization else PICKLE_NAME)
    try:
        if safe_serialization:
            save_file(_unshared(tensors), file, metadata={"format": "pt"})
        else:
            torch.save(tensors, file)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise OutputError(
            f"{file}: the weights could not be written: {error}", fix="check that there is space on the disk"
        ) from error


def _unshared(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors that lie in the memory of another, which safetensors refuses."""
    seen: set[int] = set()
    result = {}
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        result[name] = tensor.clone() if storage in seen and tensor.numel() else tensor
        seen.add(storage)
    return result


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")
