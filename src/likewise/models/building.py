"""A small module from its folder, without memory for sizes that its weights do not have. Knows no module by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import nn

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.hub.weights import check_tensors, load_folder

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=nn.Module)


def build_and_fill(build: Callable[[], M], folder: ModelFolder, *, aliases: Mapping[str, str] | None = None) -> M:
    """Build a module and fill it with the weights of its folder.

    It is built on the meta device, where the sizes that a stranger's settings ask for cost nothing; memory is taken
    once the file is known to hold tensors of those shapes. Their type stays the module's.

    Args:
        build: Makes the module; all its tensors must be part of its `state_dict`.
        folder: Its folder.
        aliases: Other names that a file may have for tensors, to the module's own.

    Returns:
        The module, on the CPU.

    Raises:
        MissingWeightsError: If a weight file or a tensor is missing.
        CheckpointError: If the settings ask for more than can be addressed, a tensor has another shape, or holds NaN
            or infinity.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from likewise.hub.weights import save_weights
        >>> path = Path(tempfile.mkdtemp())
        >>> save_weights(nn.Linear(2, 1), path)
        >>> build_and_fill(lambda: nn.Linear(2, 1), ModelFolder(path))
        Linear(in_features=2, out_features=1, bias=True)
    """
    try:
        with torch.device("meta"):
            module = build()
    except RuntimeError as error:
        raise CheckpointError(f"{folder.path}: the sizes in the settings cannot be built: {error}") from error
    expected, found = module.state_dict(), load_folder(folder)
    for other, own in (aliases or {}).items():
        if other in found:
            found.setdefault(own, found.pop(other))
    check_tensors(expected, found, folder.path)
    surplus = sorted(found.keys() - expected.keys())
    if surplus:
        logger.warning("%s: %d weights are not used: %s", folder.path, len(surplus), ", ".join(surplus[:4]))
    module.to_empty(device="cpu")
    module.load_state_dict({name: found[name] for name in expected})
    return module
