"""Where tensors live: the best device of this machine, and moving a batch there.

Does not know models. Imports torch only when a function is called.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from likewise.ops.embeddings import is_tensor

if TYPE_CHECKING:
    import torch

# Accelerators that torch knows only after a package of their maker was imported.
_PLUGINS = {"npu": "torch_npu", "hpu": "habana_frameworks.torch"}


def get_device_name() -> str:
    """The name of the best device of this machine.

    Returns:
        "cuda", "mps", "npu", "hpu" or "cpu": the first that is there.

    Example:
        >>> get_device_name() in ("cuda", "mps", "npu", "hpu", "cpu")
        True
    """
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return next((name for name, plugin in _PLUGINS.items() if _plugin_works(name, plugin)), "cpu")


def batch_to_device(batch: dict[str, Any], target_device: str | torch.device) -> dict[str, Any]:
    """Move the tensors of a batch to a device; other values stay as they are.

    Args:
        batch: Names and values; changed in place.
        target_device: The device.

    Returns:
        The same dict.

    Example:
        >>> import torch
        >>> batch_to_device({"input_ids": torch.tensor([1]), "text": "a"}, "cpu")
        {'input_ids': tensor([1]), 'text': 'a'}
    """
    for name, value in batch.items():
        if is_tensor(value):
            batch[name] = value.to(target_device)
    return batch


def _plugin_works(name: str, plugin: str) -> bool:
    import torch

    if importlib.util.find_spec(plugin.split(".")[0]) is None:
        return False
    importlib.import_module(plugin)
    return bool(torch.get_device_module(name).is_available())
