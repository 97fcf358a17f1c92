"""Copies to and from the device that do not hold up the next batch. Knows tensors and devices only."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from likewise.models.module import Features


def to_device(features: Features, device: torch.device) -> Features:
    """Copy the tensors of one batch to a device.

    Args:
        features: Tensors, lists of tensors, and other values, which stay as they are.
        device: Where to.

    Returns:
        A new dictionary.
    """
    return {key: _moved(value, device) for key, value in features.items()}


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        if device.type == "cuda" and not value.is_cuda:
            return value.pin_memory().to(device, non_blocking=True)
        return value.to(device)
    if isinstance(value, list) and value and all(isinstance(part, Tensor) for part in value):
        return [_moved(part, device) for part in value]
    return value


@final
class HostCopy:
    """A tensor on its way to the CPU.

    On CUDA the copy is queued behind the batch that made the tensor and before the next one, so that waiting for it
    does not wait for the next.

    Args:
        source: The tensor.
    """

    def __init__(self, source: Tensor) -> None:
        self._event: torch.cuda.Event | None = None
        if source.is_cuda:
            self._host = torch.empty(source.shape, dtype=source.dtype, pin_memory=True)
            self._host.copy_(source, non_blocking=True)
            self._event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._event.record(torch.cuda.current_stream(source.device))
        else:
            self._host = source.cpu()

    def wait(self) -> Tensor:
        """Wait for the copy.

        Returns:
            The tensor, on the CPU.
        """
        if self._event is not None:
            self._event.synchronize()
        return self._host
